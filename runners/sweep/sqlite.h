#pragma once
#include <sqlite3.h>

#include <cstdint>
#include <memory>
#include <string>

namespace agon {

/// An open SQLite database. Throws Error(Io), or Error(Data) where the file is no database.
class Database {
 public:
  /// Waits up to a minute for other writers.
  explicit Database(const std::string& path);

  /// Statements without parameters or rows.
  void execute(const char* sql);

  sqlite3* handle() { return handle_.get(); }
  [[noreturn]] void fail();

 private:
  struct Close {
    void operator()(sqlite3* handle) const { sqlite3_close_v2(handle); }
  };
  std::string path_;
  std::unique_ptr<sqlite3, Close> handle_;
};

/// One statement, its parameters numbered from 1, its columns from 0.
class Statement {
 public:
  Statement(Database& database, const char* sql);

  Statement& bind(int parameter, std::int64_t value);
  Statement& bind(int parameter, double value);
  Statement& bind(int parameter, const std::string& value);
  /// Steps to the next row; false behind the last.
  bool next();
  void run();  // for statements without rows

  std::int64_t whole(int column) { return sqlite3_column_int64(statement_.get(), column); }
  double real(int column) { return sqlite3_column_double(statement_.get(), column); }
  std::string text(int column);

 private:
  struct Finalize {
    void operator()(sqlite3_stmt* statement) const { sqlite3_finalize(statement); }
  };
  Database& database_;
  std::unique_ptr<sqlite3_stmt, Finalize> statement_;
};

/// Takes the write lock at once, so that what is read in it stays true until it is committed.
/// Rolled back unless committed.
class Transaction {
 public:
  explicit Transaction(Database& database) : database_(database) {
    database.execute("BEGIN IMMEDIATE");
  }
  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  void commit();

 private:
  Database& database_;
  bool open_ = true;
};

}  // namespace agon

#include <gtest/gtest.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>
#include <zlib.h>

#include <cmath>
#include <cstring>
#include <filesystem>
#include <limits>

#include "tests/runners/bad_inputs.h"

namespace agon {

namespace {

namespace fs = std::filesystem;
using Arguments = std::vector<std::string>;
using Make = std::function<Arguments(const ScratchFolder&)>;
using Files = std::vector<std::pair<std::string, std::string>>;

std::string word(std::uint32_t number) {
  std::string bytes;
  for (const int shift : {24, 16, 8, 0}) bytes += static_cast<char>(number >> shift);
  return bytes;
}

std::string idx_images(std::uint32_t count, std::uint32_t magic = 0x0803) {
  std::string bytes = word(magic) + word(count) + word(28) + word(28);
  for (std::uint32_t i = 0; i < count * 784; ++i) bytes += static_cast<char>(i * 7);
  return bytes;
}

std::string idx_labels(const std::string& labels) {
  return word(0x0801) + word(static_cast<std::uint32_t>(labels.size())) + labels;
}

std::string deflated(const std::string& bytes, int window, int flush) {
  z_stream stream{};
  deflateInit2(&stream, 6, Z_DEFLATED, window, 8, Z_DEFAULT_STRATEGY);
  std::string packed(deflateBound(&stream, bytes.size()) + 64, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(bytes.size());
  stream.next_out = reinterpret_cast<Bytef*>(packed.data());
  stream.avail_out = static_cast<uInt>(packed.size());
  deflate(&stream, flush);
  packed.resize(packed.size() - stream.avail_out);
  deflateEnd(&stream);
  return packed;
}

std::string gzipped(const std::string& bytes) {
  return deflated(bytes, 15 + 16, Z_FINISH);
}

/// Pictures, and a gigabyte of zeros behind them: equal blocks, each packed by itself.
std::string gzip_bomb(const std::string& bytes) {
  std::string packed = deflated(bytes, 15 + 16, Z_FULL_FLUSH);
  const std::string block = deflated(std::string(1 << 20, '\0'), -15, Z_FULL_FLUSH);
  for (int i = 0; i < 1024; ++i) packed += block;
  return packed + deflated("", -15, Z_FINISH) + std::string(8, '\0');
}

std::string chunk(const std::string& type, const std::string& data) {
  const std::string body = type + data;
  const auto crc =
      crc32(0, reinterpret_cast<const Bytef*>(body.data()), static_cast<uInt>(body.size()));
  return word(static_cast<std::uint32_t>(data.size())) + body +
         word(static_cast<std::uint32_t>(crc));
}

std::string png(std::uint32_t width, std::uint32_t height, const std::string& rows,
                const std::string& more = "") {
  return "\x89PNG\r\n\x1A\n" +
         chunk("IHDR", word(width) + word(height) + std::string("\x08\0\0\0\0", 5)) + more +
         chunk("IDAT", deflated(rows, 15, Z_FINISH)) + chunk("IEND", "");
}

/// A grey picture of 28 x 28 with a gradient from `first` on.
std::string picture(int first = 0, std::uint32_t size = 28) {
  std::string rows;
  for (std::uint32_t y = 0; y < size; ++y) {
    rows += '\0';
    for (std::uint32_t x = 0; x < size; ++x) rows += static_cast<char>(first + static_cast<int>(y));
  }
  return png(size, size, rows);
}

std::string cut(std::string bytes, std::size_t by) {
  bytes.resize(bytes.size() - by);
  return bytes;
}

std::string flipped(std::string bytes, std::size_t from_end) {
  bytes[bytes.size() - from_end] ^= 1;
  return bytes;
}

void write(const ScratchFolder& folder, const Files& files) {
  for (const auto& [name, bytes] : files) {
    const fs::path path = folder / ("data/" + name);
    fs::create_directories(path.parent_path());
    write_text(path.string(), bytes);
  }
}

/// `data check` of a folder of these files.
Make folder_of(const Files& files, void (*more)(const std::string& folder) = nullptr) {
  return [=](const ScratchFolder& folder) -> Arguments {
    fs::create_directory(folder / "data");
    write(folder, files);
    if (more != nullptr) more(folder / "data");
    return {"data", "check", folder / "data"};
  };
}

/// `data check` of IDX files.
Make idx(const std::string& name, const std::string& images, const std::string& labels = "") {
  return [=](const ScratchFolder& folder) -> Arguments {
    write(folder, {{name, images}});
    if (!labels.empty()) write(folder, {{"train-labels-idx1-ubyte", labels}});
    return {"data", "check", "mnist", "--path", folder / "data"};
  };
}

const char* const kImages = "train-images-idx3-ubyte";
const char* const kPacked = "train-images-idx3-ubyte.gz";

std::vector<BadInput> missing_files() {
  return {
      {28,
       "missing",
       [](const ScratchFolder& folder) -> Arguments {
         write_text(folder / "t.yaml",
                    sound_with("source: digits", "source: folder, path: nowhere"));
         return {"check", folder / "t.yaml"};
       },
       66,
       {"error[66] ", "t.yaml:4:30: data.path: no folder '", "/nowhere'"}},
      {28,
       "two_missing",
       [](const ScratchFolder& folder) -> Arguments {
         write_text(folder / "t.yaml",
                    sound_with("{source: digits}",
                               "{a: {source: mnist, path: x}, b: {source: image, path: x.png}}"));
         return {"check", folder / "t.yaml"};
       },
       66,
       {"error[66] ", "t.yaml:4:33: data.a.path: no folder '", "\nerror[66] ",
        "t.yaml:4:62: data.b.path: no file '"}},
      {28,
       "missing_and_misspelt",
       [](const ScratchFolder& folder) -> Arguments {
         write_text(folder / "t.yaml",
                    sound_with("source: digits", "source: folder, path: x") + "sede: 2\n");
         return {"check", folder / "t.yaml"};
       },
       78,
       {"error[66] ", "t.yaml:4:30: data.path: no folder '", "\nerror[78] ",
        "t.yaml:26:1: sede: unknown key 'sede'"}},
      {28, "empty", folder_of({}), 65, {"no PNG or JPEG in this folder or below"}},
      {28,
       "no_picture",
       folder_of({{"a.txt", "hello"}}),
       65,
       {"no PNG or JPEG in this folder or below; skipped: 1 file of another kind"}},
      {28, "no_idx", idx("other", "x"), 66, {"no train-images-idx3-ubyte or "}},
      {29,
       "magic",
       idx(kImages, idx_images(4, 0x1234)),
       65,
       {"magic number 0x00001234; want 0x00000803"}},
      {29,
       "cut_short",
       idx(kImages, cut(idx_images(4), 392)),
       65,
       {"has 2,760 bytes; its header implies 3,152"}},
      {30,
       "counts",
       idx(kImages, idx_images(4), idx_labels("\1\2\3")),
       65,
       {"3 labels for 4 images"}},
      {30,
       "label",
       idx(kImages, idx_images(4), idx_labels("\1\2\n\3")),
       65,
       {"label 10 of example 2; want 0 to 9"}},
      {30,
       "label_table",
       [](const ScratchFolder& folder) -> Arguments {
         fs::create_directory(folder / "data");
         write(folder, {{"a.png", picture()}});
         write_text(folder / "l.csv", "file,kind\nb.png,cat\n");
         write_text(folder / "t.yaml",
                    sound_with("source: digits", "source: folder, path: data, labels: l.csv"));
         return {"check", folder / "t.yaml"};
       },
       65,
       {"error[65] ", "t.yaml:4:", ": data.labels: 2 mistakes in a table of labels",
        "l.csv':2: no picture 'b.png'"}},
      {31,
       "bomb",
       [](const ScratchFolder& folder) { return idx(kPacked, gzip_bomb(idx_images(4)))(folder); },
       65,
       {"unpacks to more than the 3,152 bytes its header implies"}},
      {31, "trailing", idx(kPacked, gzipped(idx_images(4)) + "abc"), 65, {"3 bytes follow"}},
      {31,
       "cut_gzip",
       idx(kPacked, cut(gzipped(idx_images(4)), 12)),
       65,
       {"the gzip stream is cut short"}},
  };
}

std::vector<BadInput> bad_pictures() {
  return {
      {32,
       "all_named",
       folder_of({{"a.png", picture()},
                  {"b.png", cut(picture(), 20)},
                  {"c.png", flipped(picture(), 20)}}),
       65,
       {"2 bad files", "/b.png': bad PNG", "/c.png': bad PNG"}},
      {33,
       "width",
       folder_of({{"a.png", png(65500, 65500, "0")}, {"b.png", picture()}}),
       65,
       {"/a.png': bad PNG: Image width exceeds user limit"}},
      {33,
       "text_chunk",
       [](const ScratchFolder& folder) {
         const std::string text =
             std::string("k\0\0", 3) + deflated(std::string(100 << 20, '\0'), 15, Z_FINISH);
         const std::string bomb = png(1, 1, std::string(2, '\0'), chunk("zTXt", text));
         return folder_of({{"a.png", bomb}})(folder);
       },
       0,
       {"1 examples, all readable"}},
      {33, "one_pixel", folder_of({{"a.png", picture(3, 1)}}), 0, {"1x1 grey"}},
      {34, "gif", folder_of({{"a.png", "GIF89a and more"}}), 65, {"/a.png': neither PNG nor JPEG"}},
      {34, "hdr", folder_of({{"a.png", "#?RADIANCE\n"}}), 65, {"/a.png': neither PNG nor JPEG"}},
      {35,
       "twins",
       folder_of({{"a.png", picture(1)}, {"A.png", picture(2)}, {"\xFF\n.png", picture(3)}}),
       0,
       {"3 examples, all readable", "names that differ in case alone: 'A.png' and 'a.png'"}},
      {37,
       "links",
       folder_of({{"a.png", picture()}},
                 [](const std::string& folder) {
                   fs::create_symlink("circle.png", folder + "/circle.png");
                   fs::create_directory_symlink(".", folder + "/up");
                   mkfifo((folder + "/pipe.png").c_str(), 0600);
                   const int heard = socket(AF_UNIX, SOCK_STREAM, 0);
                   sockaddr_un address{};
                   address.sun_family = AF_UNIX;
                   std::strncpy(address.sun_path, (folder + "/s.png").c_str(),
                                sizeof address.sun_path - 1);
                   EXPECT_EQ(
                       bind(heard, reinterpret_cast<const sockaddr*>(&address), sizeof address), 0);
                   close(heard);
                 }),
       0,
       {"skipped: 1 FIFO, 1 link in a circle, 1 link to a folder above, 1 socket"}},
      {37,
       "unreadable",
       folder_of(
           {{"a.png", picture()}},
           [](const std::string& folder) { fs::permissions(folder + "/a.png", fs::perms::none); }),
       77,
       {"/a.png"},
       nullptr,
       true},
  };
}

/// The same pictures written in another order; `data` shows examples in order.
Make in_order(const std::vector<std::string>& names) {
  return [=](const ScratchFolder& folder) -> Arguments {
    for (const std::string& name : names)
      write(folder, {{name, name < "m" ? picture(1) : picture(2, 1)}});
    return {"data", "check", folder / "data"};
  };
}

/// Training on more pictures than are kept decoded, one of which changes.
Arguments long_training(const ScratchFolder& folder) {
  std::string rows;
  std::uint32_t state = 1;
  for (int y = 0; y < 600; ++y) {
    rows += '\0';
    for (int x = 0; x < 600; ++x)
      rows += static_cast<char>((state = state * 1664525 + 1013904223) >> 24);
  }
  write(folder, {{"a.png", png(600, 600, rows)}});
  for (int i = 0; i < 250; ++i)
    fs::create_symlink("a.png", folder / ("data/b" + std::to_string(i) + ".png"));
  write_text(folder / "t.yaml",
             sound_with("{source: digits}", "{source: folder, path: data, size: 28}"));
  return {"train", folder / "t.yaml",   "--runs", folder / "runs",
          "--set", "train.steps=99999", "--set",  "train.log={every: 1}"};
}

/// A frozen generator whose file holds tensors for its layers, one number of them changed.
Make weights_with(float number, const std::string& command = "train",
                  const std::string& layer = "dense1") {
  return [=](const ScratchFolder& folder) -> Arguments {
    const std::string header =
        "{\"" + layer + R"(.weight":{"dtype":"F32","shape":[784,8],"data_offsets":[0,25088]},")" +
        layer + R"(.bias":{"dtype":"F32","shape":[784],"data_offsets":[25088,28224]}})";
    std::string bytes(8, '\0');
    bytes[0] = static_cast<char>(header.size());
    std::string numbers(28224, '\0');
    std::memcpy(&numbers[40], &number, sizeof number);
    write_text(folder / "w.safetensors", bytes + header + numbers);
    std::string text =
        sound_with("    input: {z: [latent]}",
                   "    input: {z: [latent]}\n    frozen: true\n    weights: w.safetensors");
    text.replace(text.find("  g: {minimize"), text.find("train:") - text.find("  g: {minimize"),
                 "");
    write_text(folder / "t.yaml", text);
    return {command, folder / "t.yaml", "--runs", folder / "runs"};
  };
}

std::vector<BadInput> odd_sets() {
  return {
      {36,
       "reverse",
       in_order({"z.png", "b.png"}),
       65,
       {"data/b.png' is 28 x 28, ", "/z.png' is 1 x 1"}},
      {36,
       "forward",
       in_order({"b.png", "z.png"}),
       65,
       {"data/b.png' is 28 x 28, ", "/z.png' is 1 x 1"}},
      {38,
       "changed_in_training",
       long_training,
       65,
       {"bad files", "data/b", "when the set was opened"},
       [](const ScratchFolder& folder) { write_text(folder / "data/a.png", picture()); }},
      {39,
       "a_class_without_examples",
       idx(kImages, idx_images(4), idx_labels("\1\1\1\2")),
       0,
       {"uneven classes: 0 0, 1 3, 2 1, 3 0"}},
      {39, "one_picture", folder_of({{"a.png", picture()}}), 0, {"the set has a single example"}},
      {40,
       "nan",
       weights_with(std::nanf("")),
       65,
       {"error[65] ", "t.yaml:9:14: networks.generator.weights: '",
        "w.safetensors': tensor 'dense1.weight': nan at [1, 2]"}},
      {40,
       "misfit_in_check",
       weights_with(0, "check", "dense2"),
       65,
       {"error[65] ", "t.yaml:9:14: networks.generator.weights: '",
        "w.safetensors' does not fit network 'generator'; missing: dense1.weight, dense1.bias; "
        "there: dense2.bias, dense2.weight"}},
      {40,
       "misfit_in_train",
       weights_with(0, "train", "dense2"),
       65,
       {"error[65] ", "t.yaml:9:14: networks.generator.weights: '",
        "w.safetensors' does not fit network 'generator'; missing: dense1.weight, dense1.bias; "
        "there: dense2.bias, dense2.weight"}},
      {40,
       "infinite",
       weights_with(std::numeric_limits<float>::infinity()),
       65,
       {"tensor 'dense1.weight': inf at [1, 2]"}},
      {41,
       "equal",
       folder_of({{"a.png", picture(1)}, {"b.png", picture(1)}, {"c.png", picture(1)}}),
       0,
       {"warning: all 3 pictures looked at are equal"}},
      {41,
       "flat",
       folder_of({{"a.png", png(2, 1, std::string("\0\5\5", 3))},
                  {"b.png", png(2, 1, std::string("\0\6\6", 3))}}),
       0,
       {"warning: all 2 pictures looked at are of one colour"}},
      {42,
       "pickle",
       folder_of({{"a.npy", "\x93NUMPY\x01"}, {"b.npz", "PK\3\4"}}),
       65,
       {"no PNG or JPEG in this folder or below; skipped: 2 file of another kind"}},
      {42,
       "pickle_as_weights",
       [](const ScratchFolder& folder) -> Arguments {
         write_text(folder / "w.pt", "PK\3\4 pickled objects");
         write_text(folder / "t.yaml", sound_with("    input: {z: [latent]}",
                                                  "    input: {z: [latent]}\n    weights: w.pt"));
         return {"check", folder / "t.yaml"};
       },
       65,
       {"error[65] ", "t.yaml:8:14: networks.generator.weights: ",
        "w.pt: looks like pickled objects, which are never loaded"}},
  };
}

}  // namespace

std::vector<BadInput> bad_data() {
  std::vector<BadInput> all = missing_files();
  for (const auto& list : {bad_pictures(), odd_sets()})
    all.insert(all.end(), list.begin(), list.end());
  return all;
}

}  // namespace agon

#include "runners/sweep/page/sweep_page.h"

#include <fmt/format.h>

#include <algorithm>
#include <filesystem>

#include "engine/base/text.h"
#include "runners/sweep/page/html.h"
#include "runners/sweep/page/page_data.h"
#include "runners/sweep/page/page_pictures.h"
#include "runners/sweep/page/page_script.h"
#include "runners/sweep/page/page_style.h"
#include "runners/terminal/text.h"

namespace agon {

namespace {

// The policy keeps what a file's text could still bring in from asking a server for anything.
constexpr const char* kHead = R"(<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; img-src data:">
<link rel="icon" href="data:,">
)";

std::string objectives_text(const SweepFile& sweep) {
  std::vector<std::string> wanted;
  for (const Objective& objective : sweep.best)
    wanted.push_back((objective.maximize ? "maximizes " : "minimizes ") + objective.measure);
  return joined(wanted, ", ");
}

/// As the sweep file says it, wherever that lies.
std::string experiment_text(const SweepFile& sweep) {
  namespace fs = std::filesystem;
  const fs::path experiment = fs::path(sweep.experiment).lexically_normal();
  const fs::path folder = fs::path(sweep.path).parent_path().lexically_normal();
  const fs::path written = experiment.lexically_relative(folder);
  return (written.empty() ? experiment : written).string();
}

std::string heading(const SweepFile& sweep) {
  std::string text = "<header>\n<h1>" + html_text(sweep.name) + "</h1>\n";
  if (sweep.about) text += "<p class=\"about\">" + html_text(*sweep.about) + "</p>\n";
  text += fmt::format("<p>Settings of <code>{}</code>; {}; {} for each setting.</p>\n</header>\n",
                      html_text(experiment_text(sweep)), html_text(objectives_text(sweep)),
                      counted_text(sweep.repeat, "seed"));
  return text;
}

std::string counts(const nlohmann::ordered_json& rows) {
  double seconds = 0;
  for (const auto& row : rows)
    seconds += row["seconds"].is_null() ? 0 : row["seconds"].get<double>();
  std::string text =
      fmt::format("<dl class=\"counts\">\n<div><dt>settings</dt><dd>{}</dd></div>\n", rows.size());
  for (const char* state : {"done", "failed", "stopped", "running", "waiting"}) {
    const auto count =
        std::ranges::count_if(rows, [&](const auto& row) { return row["state"] == state; });
    text += fmt::format("<div><dt>{}</dt><dd>{}</dd></div>\n", state, count);
  }
  return text +
         fmt::format("<div title=\"{:.0f} seconds\"><dt>training</dt><dd>{}</dd></div>\n</dl>\n",
                     seconds, duration_text(seconds));
}

std::string section(const std::string& id, const std::string& title, const std::string& hint,
                    const std::string& content = "") {
  return fmt::format(
      "<section>\n<h2>{}</h2>\n<p class=\"hint\">{}</p>\n<div id=\"{}\">{}</div>\n"
      "</section>\n",
      title, hint, id, content);
}

std::string sections(const SweepFile& sweep, const std::vector<SettingResult>& results) {
  if (results.empty()) return "<p>No setting has been tried yet.</p>\n";
  std::string text = section("table", "Settings", "Best first; a heading sorts by its column.");
  text +=
      section("parallel", "Parallel coordinates",
              "A line for each setting. Drag along an axis to keep only the settings that cross "
              "it there; click on the axis to let all through again.");
  text +=
      section("slices", "Slices",
              "The objective by each path alone; bars are the deviation over seeds, hollow dots "
              "were stopped early.");
  text += section("importance", "Importance",
                  "How much each path says about the objective: how much larger the error of a "
                  "random forest becomes when the path's values are shuffled.");
  if (sweep.best.size() > 1)
    text += section("front", "Front", "Marked and joined: the settings that no other beats.");
  const std::string pictures = page_pictures(sweep, results);
  if (!pictures.empty())
    text += section("pictures", "Samples", "The last ones of the best settings.", pictures);
  return text;
}

}  // namespace

std::string sweep_page(const SweepFile& sweep, const std::vector<SettingResult>& results) {
  const nlohmann::ordered_json data = page_data(sweep, results);
  std::string page = kHead;
  page += "<title>" + html_text(sweep.name) + "</title>\n<style>" + kPageStyle + "</style>\n";
  page += "</head>\n<body>\n<main>\n" + heading(sweep) + counts(data["rows"]);
  page += "<noscript><p>Table and graphics are drawn by a script.</p></noscript>\n";
  page += sections(sweep, results) + "</main>\n<div id=\"tip\" hidden></div>\n";
  page += "<script type=\"application/json\" id=\"data\">" + script_json(data) + "</script>\n";
  page += "<script>";
  for (const char* part :
       {kScriptBase, kScriptScales, kScriptTable, kScriptParallel, kScriptCharts})
    page += part;
  return page + "</script>\n</body>\n</html>\n";
}

}  // namespace agon

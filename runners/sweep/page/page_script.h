#pragma once

namespace agon {

/// The page's JavaScript, in the order in which its parts run. They read the JSON of page_data.h
/// from the element `data`, and fill those of #table, #parallel, #slices, #importance and #front
/// that the page has.
extern const char* const kScriptBase;      // data, texts, colours, what is highlighted and filtered
extern const char* const kScriptScales;    // values to pixels, ticks
extern const char* const kScriptTable;     // sorts by its headings
extern const char* const kScriptParallel;  // parallel coordinates, brushed by dragging on an axis
extern const char* const kScriptCharts;    // slices, front, importance

}  // namespace agon

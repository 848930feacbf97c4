#include "graphs/keys/forms.h"
#include "graphs/words/pictures.h"

namespace agon {

namespace {

struct Pad {
  Origin origin;
  std::vector<Whole> sizes;
  Text mode{"zeros", {}};
};

const Keys<Pad>& pad_keys() {
  static const Keys<Pad> keys =
      Keys<Pad>("pad", "a border around a picture",
                {key("sizes", &Pad::sizes,
                     "n on each side, [rows, columns], or [top, bottom, left, right]",
                     one_or_list(whole(0), 1, 4))
                     .required(),
                 key("mode", &Pad::mode,
                     "what it is made of: zeros, the picture mirrored at its outermost pixels, or "
                     "these repeated; zeros where not given",
                     word({"zeros", "reflect", "replicate"}))})
          .argument("sizes")
          .origin(&Pad::origin)
          .check([](Pad& pad, const Yaml& value, const std::string& path, KeyReader& reader) {
            if (pad.sizes.size() == 3) report_mistyped("1, 2 or 4 numbers", value, path, reader);
          });
  return keys;
}

Tensor build_pad(LayerCall& call, const Pad& attributes) {
  std::vector<std::int64_t> sizes;
  for (const Whole& size : attributes.sizes) sizes.push_back(size.value(call.scope()));
  return with_picture(call, "pad", [&](const PictureTensor& picture) {
    return padded(picture, sizes, attributes.mode.text);
  });
}

struct Upsample {
  Whole factor = 2;
  Text by{"nearest", {}};
};

const Keys<Upsample>& upsample_keys() {
  static const Keys<Upsample> keys =
      Keys<Upsample>("upsample", "a picture factor times as high and wide",
                     {key("factor", &Upsample::factor, "2 where not given", whole(1)),
                      key("by", &Upsample::by,
                          "nearest repeats each pixel, the others as resize has them; nearest "
                          "where not given",
                          word({"nearest", "bilinear", "bicubic"}))})
          .argument("factor");
  return keys;
}

Tensor build_upsample(LayerCall& call, const Upsample& attributes) {
  return with_picture(call, "upsample", [&](const PictureTensor& picture) {
    return upsampled(picture, attributes.factor.value(call.scope()), attributes.by.text);
  });
}

struct Resize {
  std::vector<Whole> size;
  Text by{"bilinear", {}};
};

const Keys<Resize>& resize_keys() {
  static const Keys<Resize> keys =
      Keys<Resize>(
          "resize", "a picture of another height and width",
          {key("size", &Resize::size, "its height and width, n or [height, width]", extents_form(1))
               .required(),
           key("by", &Resize::by,
               "nearest; bilinear and bicubic between pixel centres, as PyTorch with "
               "align_corners=False; area: the mean of what a pixel covers, for making smaller; "
               "bilinear where not given",
               word(resize_rules()))})
          .argument("size");
  return keys;
}

Tensor build_resize(LayerCall& call, const Resize& attributes) {
  return with_picture(call, "resize", [&](const PictureTensor& picture) {
    return resized(picture, extents(attributes.size, call.scope()), attributes.by.text);
  });
}

struct Blur {
  Whole kernel = 3;
};

const Keys<Blur>& blur_keys() {
  static const Keys<Blur> keys =
      Keys<Blur>(
          "blur",
          "each pixel the mean of those around it with binomial weights, (1, 2, 1) / 4 along rows "
          "and columns, zeros beyond the border (Karras 2019)",
          {key("kernel", &Blur::kernel, "pixels that count along each axis, odd; 3 where not given",
               whole(1, 63))})
          .argument("kernel");
  return keys;
}

Tensor build_blur(LayerCall& call, const Blur& attributes) {
  return with_picture(call, "blur", [&](const PictureTensor& picture) {
    return blurred(picture, attributes.kernel.value(call.scope()));
  });
}

struct Regroup {
  Whole factor;
};

Keys<Regroup> regroup_keys(const std::string& word, const std::string& doc) {
  return Keys<Regroup>(
             word, doc,
             {key("factor", &Regroup::factor, "of height and width", whole(1)).required()})
      .argument("factor");
}

const Keys<Regroup>& depth_to_space_keys() {
  static const Keys<Regroup> keys = regroup_keys(
      "depth_to_space",
      "[channels factor^2, height, width] to [channels, height factor, width factor], channel c "
      "factor^2 + i factor + j going to row i, column j of its block");
  return keys;
}

const Keys<Regroup>& space_to_depth_keys() {
  static const Keys<Regroup> keys =
      regroup_keys("space_to_depth", "what depth_to_space does, undone: blocks become channels");
  return keys;
}

}  // namespace

std::vector<LayerDef> picture_layers() {
  return {layer<Pad>("pad", pad_keys(), build_pad),
          layer<Upsample>("upsample", upsample_keys(), build_upsample),
          layer<Resize>("resize", resize_keys(), build_resize),
          layer<Blur>("blur", blur_keys(), build_blur),
          layer<Regroup>("depth_to_space", depth_to_space_keys(),
                         [](LayerCall& call, const Regroup& attributes) {
                           return with_picture(call, "depth_to_space", [&](const PictureTensor& p) {
                             return depth_to_space(p, attributes.factor.value(call.scope()));
                           });
                         }),
          layer<Regroup>("space_to_depth", space_to_depth_keys(),
                         [](LayerCall& call, const Regroup& attributes) {
                           return with_picture(call, "space_to_depth", [&](const PictureTensor& p) {
                             return space_to_depth(p, attributes.factor.value(call.scope()));
                           });
                         })};
}

}  // namespace agon

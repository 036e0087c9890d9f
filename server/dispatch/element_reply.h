// An element of a container as a reply.
// Threading: the container's stripe is held, or the container belongs to the caller.
// See: README.md of this folder.
#pragma once

#include "protocol/reply_writer.h"
#include "server/types/packed_list.h"

namespace corral::dispatch {

/// The element's text, copied, also when it is kept as an integer.
inline void write_element(protocol::ReplyWriter& reply, const types::PackedElement& element) {
  types::PackedElement::Buffer digits;
  reply.bulk(element.text(digits));
}

}  // namespace corral::dispatch

// Documentation of the commands on bitmaps: arguments, keys, versions.
// Threading: constant data.
// See: docs.h
#include "server/commands/docs_tables.h"

namespace corral::commands {
namespace {

using enum ArgumentDoc::Flag;
using enum KeySpecDoc::Flag;

constexpr ChangeDoc kBitcountHistory[] = {{"7.0.0", "BYTE and BIT"}};
constexpr ArgumentDoc kUnitChoices[] = {{.name = "byte", .type = "pure-token", .token = "BYTE"},
                                        {.name = "bit", .type = "pure-token", .token = "BIT"}};
constexpr ArgumentDoc kBitcountIndexArguments[] = {
    {.name = "start", .type = "integer"},
    {.name = "end", .type = "integer"},
    {.name = "index_unit", .type = "oneof", .flags = kOptional, .since = "7.0.0", .children = kUnitChoices}};
constexpr ArgumentDoc kBitcountArguments[] = {
    {.name = "key", .type = "key", .key_spec_index = 0},
    {.name = "index", .type = "block", .flags = kOptional, .children = kBitcountIndexArguments}};
constexpr KeySpecDoc kBitcountKeys[] = {key_at(1, kReads | kAccess)};
constexpr ArgumentDoc kField[] = {{.name = "encoding", .type = "string"},
                                  {.name = "offset", .type = "integer"}};
constexpr ArgumentDoc kOverflowChoices[] = {{.name = "wrap", .type = "pure-token", .token = "WRAP"},
                                            {.name = "sat", .type = "pure-token", .token = "SAT"},
                                            {.name = "fail", .type = "pure-token", .token = "FAIL"}};
constexpr ArgumentDoc kFieldAndValue[] = {{.name = "encoding", .type = "string"},
                                          {.name = "offset", .type = "integer"},
                                          {.name = "value", .type = "integer"}};
constexpr ArgumentDoc kFieldAndIncrement[] = {{.name = "encoding", .type = "string"},
                                              {.name = "offset", .type = "integer"},
                                              {.name = "increment", .type = "integer"}};
constexpr ArgumentDoc kWriteChoices[] = {
    {.name = "encoding_offset_value", .type = "block", .token = "SET", .children = kFieldAndValue},
    {.name = "encoding_offset_increment",
     .type = "block",
     .token = "INCRBY",
     .children = kFieldAndIncrement}};
constexpr ArgumentDoc kBitfieldOperationWriteArguments[] = {
    {.name = "wrap_sat_fail",
     .type = "oneof",
     .token = "OVERFLOW",
     .flags = kOptional,
     .children = kOverflowChoices},
    {.name = "write_operation", .type = "oneof", .children = kWriteChoices}};
constexpr ArgumentDoc kBitfieldOperationArguments[] = {
    {.name = "encoding_offset", .type = "block", .token = "GET", .children = kField},
    {.name = "write", .type = "block", .children = kBitfieldOperationWriteArguments}};
constexpr ArgumentDoc kBitfieldArguments[] = {{.name = "key", .type = "key", .key_spec_index = 0},
                                              {.name = "operation",
                                               .type = "oneof",
                                               .flags = kOptional | kMultiple,
                                               .children = kBitfieldOperationArguments}};
constexpr KeySpecDoc kBitfieldKeys[] = {key_at(1, kReadsAndWrites | kAccess | kUpdate | kVariableFlags,
                                               "reads, writes or both, as the operations say")};
constexpr ArgumentDoc kBitfieldRoArguments[] = {{.name = "key", .type = "key", .key_spec_index = 0},
                                                {.name = "encoding_offset",
                                                 .type = "block",
                                                 .token = "GET",
                                                 .flags = kOptional | kMultiple | kMultipleToken,
                                                 .children = kField}};
constexpr ArgumentDoc kBitopArguments[] = {
    {.name = "operation", .type = "string"},
    {.name = "destkey", .type = "key", .key_spec_index = 0},
    {.name = "key", .type = "key", .key_spec_index = 1, .flags = kMultiple}};
constexpr KeySpecDoc kBitopKeys[] = {key_at(2, kOverwrites | kUpdate),
                                     keys_between(3, -1, 1, kReads | kAccess)};
constexpr ArgumentDoc kBitposIndexEndIndexArguments[] = {
    {.name = "end", .type = "integer"},
    {.name = "index_unit", .type = "oneof", .flags = kOptional, .since = "7.0.0", .children = kUnitChoices}};
constexpr ArgumentDoc kBitposIndexArguments[] = {
    {.name = "start", .type = "integer"},
    {.name = "end_index", .type = "block", .flags = kOptional, .children = kBitposIndexEndIndexArguments}};
constexpr ArgumentDoc kBitposArguments[] = {
    {.name = "key", .type = "key", .key_spec_index = 0},
    {.name = "bit", .type = "integer"},
    {.name = "index", .type = "block", .flags = kOptional, .children = kBitposIndexArguments}};
constexpr ArgumentDoc kGetbitArguments[] = {{.name = "key", .type = "key", .key_spec_index = 0},
                                            {.name = "offset", .type = "integer"}};
constexpr ArgumentDoc kSetbitArguments[] = {{.name = "key", .type = "key", .key_spec_index = 0},
                                            {.name = "offset", .type = "integer"},
                                            {.name = "value", .type = "integer"}};
constexpr KeySpecDoc kSetbitKeys[] = {key_at(1, kReadsAndWrites | kAccess | kUpdate)};

constexpr CommandDoc kDocs[] = {
    {.name = "bitcount",
     .summary = "Counts the bits that are set in a string or a part of it.",
     .since = "2.6.0",
     .group = "bitmap",
     .complexity = "O(N), N the bytes looked at",
     .history = kBitcountHistory,
     .arguments = kBitcountArguments,
     .key_specs = kBitcountKeys},
    {.name = "bitfield",
     .summary = "Reads, sets and adds to integers of any width within a string.",
     .since = "3.2.0",
     .group = "bitmap",
     .complexity = "O(1) for each operation",
     .arguments = kBitfieldArguments,
     .key_specs = kBitfieldKeys},
    {.name = "bitfield_ro",
     .summary = "Reads integers of any width within a string.",
     .since = "6.0.0",
     .group = "bitmap",
     .complexity = "O(1) for each operation",
     .arguments = kBitfieldRoArguments,
     .key_specs = kBitcountKeys},
    {.name = "bitop",
     .summary = "Combines strings bit by bit and stores the result.",
     .since = "2.6.0",
     .group = "bitmap",
     .complexity = "O(N), N the length of the longest string",
     .arguments = kBitopArguments,
     .key_specs = kBitopKeys},
    {.name = "bitpos",
     .summary = "Finds the first bit of a string that is set, or clear.",
     .since = "2.8.7",
     .group = "bitmap",
     .complexity = "O(N), N the bytes looked at",
     .history = kBitcountHistory,
     .arguments = kBitposArguments,
     .key_specs = kBitcountKeys},
    {.name = "getbit",
     .summary = "Returns a bit of a string.",
     .since = "2.2.0",
     .group = "bitmap",
     .complexity = "O(1)",
     .arguments = kGetbitArguments,
     .key_specs = kBitcountKeys},
    {.name = "setbit",
     .summary = "Sets or clears a bit of a string, growing it as needed.",
     .since = "2.2.0",
     .group = "bitmap",
     .complexity = "O(1)",
     .arguments = kSetbitArguments,
     .key_specs = kSetbitKeys},
};
static_assert(sorted_by_name(kDocs));

}  // namespace

std::span<const CommandDoc> bitmap_docs() {
  return kDocs;
}

}  // namespace corral::commands

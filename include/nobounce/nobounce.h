// SPDX-License-Identifier: Apache-2.0
// libnobounce: bytes over TCP between memories, by the best way that this host has.
//
// A *region* is a piece of memory that payload lands in or leaves from; a *provider* makes it
// ("udmabuf", "dma-heap", "host", "accelerator:0"). A *listener* ties a region to a NIC and an
// address; it finds out what the host can do, makes the NIC ready and takes a *path* through the
// kernel: devmem, zcrx, mmap or copy. What it accepts is a *receiver*, whose payload comes as
// *frags*: spans of the region, or of host memory where the path could not do better. A *sender* is
// a connection whose payload leaves a region: devmem, send_zc, zerocopy or copy. A *choice* says
// which path was taken and what kept the better ones from being taken.
//
//     nb_region ── nb_listen ── nb_accept ── nb_receive → nb_batch of nb_frag → nb_batch_release
//         └─────── nb_connect ── nb_send ── nb_settle ── nb_finish
//
// Only payload goes over the wire: any program that speaks TCP is a valid peer.
//
// ERRORS. Every function that can fail returns an nb_code, NB_OK for success, and takes an
// `nb_error **error` last. If that is not NULL, *error becomes NULL on success and on failure an
// object that says what was tried, on what, why it failed and what mends it; free it with
// nb_error_free. What was in *error before is not looked at. On failure the other outputs are
// untouched. What may have to wait says so by a value (`sent`, `settled`, an outcome), not by an
// error. NULL for anything but `error`, a struct_size that can't be, a text that can't be read: all
// are NB_INVALID_ARGUMENT. Functions that only look something up return 0 or "" for NULL. No C++
// exception leaves the library.
//
// OWNERSHIP. A function that makes an object leaves it to the caller, who closes it. Objects hold
// on to what they were made from, so the order of closing does not matter for safety; close
// receivers before their listener to hear whether the NIC could be put back. Closing NULL does
// nothing. A text that is returned lives as long as the object that it was asked of. Texts given
// are copied.
//
// THREADS. Objects take no locks. One thread at a time may use a listener and all that it accepted;
// one thread at a time a sender; different ones may be used at once. With the paths zcrx and
// send_zc it must be the same thread from the making to the closing (io_uring's single issuer): in
// Go, runtime.LockOSThread. Senders and listeners that share a region don't disturb each other.
//
// STOPPING. Options carry a descriptor, `stop_fd`: when it becomes readable (an eventfd that is
// written to, a signalfd), every wait ends with NB_INTERRUPTED. It stays the caller's and must live
// as long as what was made with it. Signals alone never end a wait.
//
// STRUCTS. Options are read, and counts written, through structs that grow at their end. Set all to
// zero, then struct_size = sizeof: zero means "as usual" in every field. A library that is older
// than the program refuses fields that it does not know, unless they are zero, and leaves counts
// that it does not have NB_NOT_AVAILABLE.
//
// VERSIONS. The soname's number changes with any incompatible change to this file. New functions,
// and fields at the end of sized structs, may come at any time; so may new nb_code values, which
// are failures. docs/library.md is the tutorial.
#ifndef NOBOUNCE_NOBOUNCE_H
#define NOBOUNCE_NOBOUNCE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/// The version of this header; nb_version tells that of the library.
#define NB_VERSION_MAJOR 0
#define NB_VERSION_MINOR 1
#define NB_VERSION_PATCH 0

#define NB_API __attribute__((visibility("default")))
#define NB_CHECKED __attribute__((warn_unused_result))

#ifdef __cplusplus
#define NB_ENUM : int  // So that a value which this header does not know is no undefined one.
extern "C" {
#else
#define NB_ENUM
#endif

/// A count that neither the kernel nor the path tells: not 0, and never an estimate.
#define NB_NOT_AVAILABLE UINT64_MAX

/// What kind of trouble; the texts of nb_error are for people.
typedef enum nb_code NB_ENUM {
  NB_OK = 0,
  NB_INVALID_ARGUMENT = 1,  ///< What was asked can never work.
  NB_UNSUPPORTED = 2,       ///< This kernel, NIC or host lacks it; the cause names the probe.
  NB_NOT_FOUND = 3,         ///< No such interface, address or queue.
  NB_BUSY = 4,              ///< Somebody else holds it: an address, a queue, a NIC.
  NB_PERMISSION = 5,        ///< A privilege is missing.
  NB_EXHAUSTED = 6,         ///< A stated bound or a resource limit was reached.
  NB_PEER_CLOSED = 7,       ///< The peer went away before the work was done.
  NB_TIMEOUT = 8,           ///< A deadline passed.
  NB_PROTOCOL = 9,          ///< The kernel said what it never should.
  NB_MISMATCH = 10,         ///< What is there is not what was expected.
  NB_INTERRUPTED = 11,      ///< stop_fd became readable.
  NB_IO = 12,               ///< Any other failure of a system call.
  NB_INTERNAL = 13          ///< A defect of the library.
} nb_code;

typedef struct nb_error nb_error;
typedef struct nb_region nb_region;
typedef struct nb_listener nb_listener;
typedef struct nb_receiver nb_receiver;
typedef struct nb_batch nb_batch;
typedef struct nb_sender nb_sender;
typedef struct nb_choice nb_choice;

// ---- Version, errors, messages -----------------------------------------------------------------

/// The library's version, "0.1.0". Lives for ever.
NB_API const char* nb_version(void);

/// The name of a code as it stands in JSON, e.g. "unsupported"; "unknown" for others. Lives for
/// ever.
NB_API const char* nb_code_name(nb_code code);

NB_API nb_code nb_error_code(const nb_error* error);
NB_API int nb_error_errno(const nb_error* error);              ///< What a system call left, or 0.
NB_API const char* nb_error_operation(const nb_error* error);  ///< What was tried: "bind-rx".
NB_API const char* nb_error_object(const nb_error* error);     ///< On what: "eth0 queue 1".
NB_API const char* nb_error_cause(const nb_error* error);      ///< Why; may be "".
NB_API const char* nb_error_fix(const nb_error* error);        ///< What mends it; may be "".
/// All of it in one line: "bind-rx of eth0 queue 1: header split is off (fix: ethtool …)".
NB_API const char* nb_error_message(const nb_error* error);
NB_API void nb_error_free(nb_error* error);

typedef enum nb_log_level NB_ENUM {
  NB_LOG_INFO = 0,
  NB_LOG_WARNING = 1,
  NB_LOG_ERROR = 2
} nb_log_level;

/// Called with what has no caller to be returned to, such as a NIC that could not be put back. May
/// be called from any thread that uses the library; must not call the library.
typedef void (*nb_log_function)(nb_log_level level, const char* message, void* context);

/// Where messages of at least `least` go, from now on and for the whole process; a NULL function
/// drops them. Until it is called warnings and errors go to standard error. Never standard output.
NB_API NB_CHECKED nb_code nb_set_log(nb_log_function function, void* context, nb_log_level least,
                                     nb_error** error);

// ---- Regions -----------------------------------------------------------------------------------

typedef struct nb_region_options {
  size_t struct_size;
  const char* provider;  ///< NULL: "udmabuf" where this host has it, else "host".
  uint64_t size_bytes;   ///< Not 0; rounded up to whole pages.
  uint32_t huge_pages;   ///< 1: of 2 MiB pages, which the host must have reserved.
  uint32_t reserved;     ///< 0.
} nb_region_options;

/// Makes a region, zeroed. Errors: NB_INVALID_ARGUMENT (provider, size), NB_UNSUPPORTED (no such
/// device, with the probe), NB_PERMISSION, NB_EXHAUSTED (a limit, with its name).
NB_API NB_CHECKED nb_code nb_region_open(const nb_region_options* options, nb_region** region,
                                         nb_error** error);
/// The memory goes once nothing that was made from the region lives any more.
NB_API void nb_region_close(nb_region* region);

NB_API uint64_t nb_region_size(const nb_region* region);
NB_API const char* nb_region_provider(const nb_region* region);

/// Where the CPU sees the region, for reading frags in place and for writing what is to be sent.
/// Valid until the region is closed. Error: NB_UNSUPPORTED where the CPU can't reach it, as of an
/// accelerator; load, store, fill, matches, copy and gather reach every region.
NB_API NB_CHECKED nb_code nb_region_data(nb_region* region, void** data, nb_error** error);
/// The region as a dma-buf, for other devices; stays the region's. Error: NB_UNSUPPORTED.
NB_API NB_CHECKED nb_code nb_region_dma_buf_fd(nb_region* region, int* fd, nb_error** error);

/// Host → region and region → host; they work for memory that the CPU can't reach, too. Error for
/// these and those below: NB_INVALID_ARGUMENT past the region's end.
NB_API NB_CHECKED nb_code nb_region_load(nb_region* region, uint64_t offset, const void* from,
                                         uint64_t length, nb_error** error);
NB_API NB_CHECKED nb_code nb_region_store(nb_region* region, uint64_t offset, uint64_t length,
                                          void* to, nb_error** error);

/// Fills with bytes `position` to `position + length` of the endless pattern of `seed`, that of
/// `nobounce send --pattern`; and whether these are there.
NB_API NB_CHECKED nb_code nb_region_fill(nb_region* region, uint64_t offset, uint64_t length,
                                         uint64_t seed, uint64_t position, nb_error** error);
NB_API NB_CHECKED nb_code nb_region_matches(nb_region* region, uint64_t offset, uint64_t length,
                                            uint64_t seed, uint64_t position, bool* matches,
                                            nb_error** error);

/// Moves `length` bytes to `to`, which may be this very region: then it is as if all were read
/// first. Done where the memory is, by a device if it is a device's. Errors: NB_UNSUPPORTED where
/// no device reaches both; nb_region_store and nb_region_load then go by way of the host.
NB_API NB_CHECKED nb_code nb_region_copy(nb_region* region, uint64_t offset, uint64_t length,
                                         nb_region* to, uint64_t to_offset, nb_error** error);

/// What a gather moves. This struct never changes.
typedef struct nb_piece {
  uint64_t offset;  ///< In the region that is read.
  uint64_t length;
  uint64_t to_offset;  ///< Where it goes in the other.
} nb_piece;

/// Moves `count` pieces in order, as from the frags of a batch to one place; all are checked before
/// the first moves. Errors: NB_INVALID_ARGUMENT where `to` is this very region; as nb_region_copy.
NB_API NB_CHECKED nb_code nb_region_gather(nb_region* region, const nb_piece* pieces, size_t count,
                                           nb_region* to, nb_error** error);

// ---- The path that was taken -------------------------------------------------------------------

/// "devmem", "zcrx", "mmap", "send_zc", "zerocopy" or "copy".
NB_API const char* nb_choice_path(const nb_choice* choice);
/// Whether the kernel copies payload on this path, as far as the host tells beforehand.
NB_API bool nb_choice_kernel_copies(const nb_choice* choice);
/// How many better ways were passed over; the best is number 0.
NB_API size_t nb_choice_passed_over_count(const nb_choice* choice);
/// Its name, and the probe that failed or what opening it said. "" past the last.
NB_API const char* nb_choice_passed_over_name(const nb_choice* choice, size_t index);
NB_API const char* nb_choice_passed_over_reason(const nb_choice* choice, size_t index);

// ---- Receiving ---------------------------------------------------------------------------------

typedef struct nb_listen_options {
  size_t struct_size;
  const char* address;  ///< "10.0.0.2:5000", "[fd00::2]:5000"; port 0: the kernel's choice.
  const char* nic;      ///< NULL: the one that has the address.
  const char* path;     ///< A name, or NULL or "auto": the best there is.
  uint32_t queue;       ///< Receive queue of devmem and zcrx; 0: chosen (queue 0 is never used).
  uint32_t max_connections;  ///< At a time; 0: 1. On path copy each gets a share of the region.
  uint32_t force;            ///< 1: use even a NIC that carries the default route.
  int32_t timeout_ms;        ///< To accept within; 0: no limit.
  int32_t stop_fd;           ///< See STOPPING; 0 or less: none. Not owned.
  uint32_t reserved;         ///< 0.
} nb_listen_options;

/// Probes the host, makes the NIC ready, ties the region to it and listens. A path that is named is
/// taken or fails; otherwise the best that opens is taken, and nb_listener_choice tells. Errors:
/// NB_UNSUPPORTED (with the probe), NB_BUSY, NB_PERMISSION, NB_NOT_FOUND, NB_INVALID_ARGUMENT.
NB_API NB_CHECKED nb_code nb_listen(const nb_listen_options* options, nb_region* region,
                                    nb_listener** listener, nb_error** error);
/// Ends listening. Once the last receiver is closed as well the NIC is put back as it was; if that
/// is now, the result says whether it could be. The listener is gone in any case.
NB_API nb_code nb_listener_close(nb_listener* listener, nb_error** error);

/// "10.0.0.2:5000", with the port that the kernel chose.
NB_API const char* nb_listener_address(const nb_listener* listener);
NB_API const nb_choice* nb_listener_choice(const nb_listener* listener);
NB_API const char* nb_listener_nic(const nb_listener* listener);  ///< "": whichever.
/// What was changed on the NIC and will be put back; "" past the last.
NB_API size_t nb_listener_change_count(const nb_listener* listener);
NB_API const char* nb_listener_change(const nb_listener* listener, size_t index);

/// Waits for the next peer. Receivers of one listener share its region, and on path zcrx one
/// io_uring. Errors: NB_TIMEOUT, NB_INTERRUPTED, NB_EXHAUSTED (max_connections), what kept the path
/// from opening on this connection.
NB_API NB_CHECKED nb_code nb_accept(nb_listener* listener, nb_receiver** receiver,
                                    nb_error** error);
/// Gives all of its batches back, and closes the connection; before the end of the stream that is a
/// reset, so that the peer can tell that not all of it was taken.
NB_API void nb_receiver_close(nb_receiver* receiver);

/// Bytes that landed, in the order of the stream. This struct never changes.
typedef struct nb_frag {
  uint64_t region_offset;  ///< Where in the region, if `host` is NULL.
  uint64_t length;         ///< Never 0.
  const void* host;        ///< Else where in host memory: valid until the batch is released.
  uint32_t region_index;   ///< Of several regions; 0, since a listener has one today.
} nb_frag;

typedef enum nb_outcome NB_ENUM {
  NB_DATA = 0,           ///< There is a batch.
  NB_WOULD_BLOCK = 1,    ///< Nothing came in the time given.
  NB_END_OF_STREAM = 2,  ///< The peer has sent all that it will.
  NB_FULL = 3            ///< Too much is on loan: release batches, all of them if in doubt.
} nb_outcome;

/// Takes in what has come, at most `max_bytes` (0: no limit); waits up to `timeout_ms` for it (0:
/// not at all, -1: for ever). *batch is NULL but for NB_DATA. After an error the receiver can only
/// be closed. Errors: NB_PEER_CLOSED for a reset, NB_INTERRUPTED, NB_PROTOCOL, NB_IO.
NB_API NB_CHECKED nb_code nb_receive(nb_receiver* receiver, uint64_t max_bytes, int timeout_ms,
                                     nb_outcome* outcome, nb_batch** batch, nb_error** error);

/// Waits until nb_receive may have something to say for one of `count` receivers, which must all be
/// of one listener; for loops that serve several with a timeout of 0. *ready is false once
/// `timeout_ms` have passed. It may be wrong, which costs calls that would block.
NB_API NB_CHECKED nb_code nb_wait(nb_receiver* const* receivers, size_t count, int timeout_ms,
                                  bool* ready, nb_error** error);

/// The frags, `*count` of them, valid until the batch is released; NULL and 0 for NULL.
NB_API const nb_frag* nb_batch_frags(const nb_batch* batch, size_t* count);
NB_API uint64_t nb_batch_bytes(const nb_batch* batch);
/// Gives all of its frags back, so that new bytes may land there. Hold batches as short as the use
/// of the bytes takes: what is on loan is missing to the NIC. The batch is gone in any case.
NB_API nb_code nb_batch_release(nb_batch* batch, nb_error** error);

/// What a receiver did. A count that a path has no notion of is 0.
typedef struct nb_receive_counts {
  size_t struct_size;
  uint64_t bytes;
  uint64_t frags;                ///< In the region.
  uint64_t linear_bytes;         ///< Not in the region, but in host memory.
  uint64_t mapped_bytes;         ///< Path mmap: seen in place, in the kernel's own pages.
  uint64_t staged_bytes;         ///< Copied by the library, as the kernel can't reach the region.
  uint64_t tokens_outstanding;   ///< Path devmem: not given back.
  uint64_t cq_overflows;         ///< Path zcrx: completions that found no room.
  uint64_t kernel_copied_bytes;  ///< Although the path is a zero-copy one; or NB_NOT_AVAILABLE.
} nb_receive_counts;

/// Set counts->struct_size before.
NB_API NB_CHECKED nb_code nb_receiver_counts(const nb_receiver* receiver, nb_receive_counts* counts,
                                             nb_error** error);

// ---- Sending -----------------------------------------------------------------------------------

typedef struct nb_connect_options {
  size_t struct_size;
  const char* address;  ///< Of the peer: "10.0.0.2:5000", "[fd00::2]:5000".
  const char* nic;      ///< NULL: the one that the route takes.
  const char* path;     ///< A name, or NULL or "auto": the best there is.
  int32_t timeout_ms;   ///< To connect within, and to finish within; 0: no limit.
  int32_t stop_fd;      ///< See STOPPING; 0 or less: none. Not owned.
} nb_connect_options;

/// Connects. Errors: NB_PEER_CLOSED (refused), NB_TIMEOUT, NB_INTERRUPTED, NB_UNSUPPORTED (with the
/// probe, for a path that is named), NB_INVALID_ARGUMENT.
NB_API NB_CHECKED nb_code nb_connect(const nb_connect_options* options, nb_region* region,
                                     nb_sender** sender, nb_error** error);
/// Resets the connection unless it was finished, so that a stream that was cut off never looks like
/// one that ended.
NB_API void nb_sender_close(nb_sender* sender);

NB_API const nb_choice* nb_sender_choice(const nb_sender* sender);
NB_API const char* nb_sender_nic(const nb_sender* sender);  ///< "": whichever.

/// Hands `length` bytes of the region to the kernel; gives up when it takes nothing for
/// `timeout_ms` (0: at once, -1: never). *sent says how many it took, after an error too. They must
/// stay as they are until nb_settle says so. After an error the sender can only be closed. Errors:
/// NB_PEER_CLOSED, NB_INTERRUPTED, NB_INVALID_ARGUMENT past the region's end, NB_IO.
NB_API NB_CHECKED nb_code nb_send(nb_sender* sender, uint64_t offset, uint64_t length,
                                  int timeout_ms, uint64_t* sent, nb_error** error);

/// Waits until the kernel reads none of the region any more, so that it may be written to; gives up
/// when nothing happens for `timeout_ms` (0: at once, -1: never), and then *settled is false.
NB_API NB_CHECKED nb_code nb_settle(nb_sender* sender, int timeout_ms, bool* settled,
                                    nb_error** error);

/// Settles, ends the stream, and waits until the peer's kernel has acknowledged all of it. Errors:
/// NB_TIMEOUT (the options' timeout_ms), NB_PEER_CLOSED, NB_INTERRUPTED.
NB_API NB_CHECKED nb_code nb_finish(nb_sender* sender, nb_error** error);
/// For who has finished: waits until the peer closes, too. Errors: NB_PEER_CLOSED where it resets
/// the connection, as a receiver does that could not use what it got; NB_PROTOCOL where it answers;
/// NB_TIMEOUT, NB_INTERRUPTED.
NB_API NB_CHECKED nb_code nb_await_close(nb_sender* sender, nb_error** error);

/// What a sender did. A count that a path has no notion of is 0.
typedef struct nb_send_counts {
  size_t struct_size;
  uint64_t bytes;            ///< Taken by the kernel.
  uint64_t sends_in_flight;  ///< Sends whose bytes the kernel still reads.
  uint64_t sends_copied;     ///< Sends that the kernel copied after all.
  uint64_t sends_degraded;   ///< Sends made plain ones, for want of a resource.
  uint64_t staged_bytes;     ///< Copied by the library, as the kernel can't reach the region.
} nb_send_counts;

/// Set counts->struct_size before.
NB_API NB_CHECKED nb_code nb_sender_counts(const nb_sender* sender, nb_send_counts* counts,
                                           nb_error** error);

#ifdef __cplusplus
}
#endif

#endif  // NOBOUNCE_NOBOUNCE_H

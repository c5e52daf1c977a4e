// SPDX-License-Identifier: Apache-2.0
// The C API, errors and all: receives one stream and writes it to standard output.
// usage: receive ADDR:PORT
#include <nobounce/nobounce.h>
#include <stdio.h>
#include <string.h>

static int failed(nb_error *error) {
  fprintf(stderr, "%s: %s\n", nb_code_name(nb_error_code(error)), nb_error_message(error));
  nb_error_free(error);
  return 1;
}

/// Writes a batch from where its bytes lie.
static int write_out(const nb_batch *batch, const char *region) {
  size_t count;
  const nb_frag *frags = nb_batch_frags(batch, &count);
  for (size_t i = 0; i < count; ++i) {
    const char *from = frags[i].host ? frags[i].host : region + frags[i].region_offset;
    if (fwrite(from, 1, frags[i].length, stdout) != frags[i].length) return -1;
  }
  return 0;
}

int main(int argc, char **argv) {
  nb_error *error = NULL;
  nb_region *region = NULL;
  nb_listener *listener = NULL;
  nb_receiver *receiver = NULL;
  void *data = NULL;
  if (argc != 2) return 2;

  nb_region_options memory = {.struct_size = sizeof memory, .size_bytes = 16 << 20};
  if (nb_region_open(&memory, &region, &error)) return failed(error);
  if (nb_region_data(region, &data, &error)) return failed(error);
  nb_listen_options options = {.struct_size = sizeof options, .address = argv[1]};
  if (nb_listen(&options, region, &listener, &error)) return failed(error);
  fprintf(stderr, "listening on %s by %s\n", nb_listener_address(listener),
          nb_choice_path(nb_listener_choice(listener)));
  if (nb_accept(listener, &receiver, &error)) return failed(error);

  for (;;) {
    nb_outcome outcome;
    nb_batch *batch = NULL;
    if (nb_receive(receiver, 0, -1, &outcome, &batch, &error)) return failed(error);
    if (outcome == NB_END_OF_STREAM) break;
    if (outcome != NB_DATA) continue;
    if (write_out(batch, data) != 0) return 1;
    if (nb_batch_release(batch, &error)) return failed(error);
  }

  nb_receive_counts counts;
  memset(&counts, 0, sizeof counts);
  counts.struct_size = sizeof counts;
  if (nb_receiver_counts(receiver, &counts, &error)) return failed(error);
  fprintf(stderr, "received %llu bytes in %llu frags\n", (unsigned long long)counts.bytes,
          (unsigned long long)counts.frags);
  nb_receiver_close(receiver);
  if (nb_listener_close(listener, &error)) return failed(error);
  nb_region_close(region);
  return 0;
}

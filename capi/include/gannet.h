/* gannet: open a generator, draw samples, score them.
 *
 * Made from capi/src by capi/make_header.sh; change it there.
 *
 * Every function that can fail gives a GannetStatus, GANNET_STATUS_OK for success;
 * gannet_last_error_message() then says on the same thread what is wrong. Results go
 * through pointers of the caller, which are written on success alone. Null where it
 * is not allowed is an error, GANNET_STATUS_INPUT. Handles may be used by any number
 * of threads at once, and are given back to their free function once, when no
 * thread uses them any more. Paths and messages are UTF-8.
 */


#ifndef GANNET_H
#define GANNET_H

#include <stddef.h>
#include <stdint.h>

// What a call came to.
typedef enum {
  // It did what was asked.
  GANNET_STATUS_OK = 0,
  // A file could not be read.
  GANNET_STATUS_IO = 1,
  // A file is not what it should be: truncated, of another format or version.
  GANNET_STATUS_FORMAT = 2,
  // A file's size or SHA-256 differs from what its manifest says.
  GANNET_STATUS_DIGEST = 3,
  // A network's inputs, outputs or metadata do not fit its use, or two files do
  // not belong together.
  GANNET_STATUS_CONTRACT = 4,
  // An argument is out of its domain: a null pointer, a buffer of a wrong size.
  GANNET_STATUS_INPUT = 5,
  // A computation met or made a value that is not finite.
  GANNET_STATUS_NUMERIC = 6,
  // The inference engine refused the network or failed to run it.
  GANNET_STATUS_ENGINE = 7,
  // A failure of another kind, of a later version than the header's.
  GANNET_STATUS_OTHER = 8,
  // The library panicked, which is a bug in it. The handles of the call are
  // best freed.
  GANNET_STATUS_PANIC = 9,
} GannetStatus;

// A generator, ready to sample. Any number of threads may use one at once.
typedef struct GannetGenerator GannetGenerator;

// Compares samples with real images. Any number of threads may use one at once.
typedef struct GannetScorer GannetScorer;

// What a generator takes and gives: `latent` normal values in, an image
// `[channels, height, width]` out.
typedef struct {
  // Values in one latent vector.
  size_t latent;
  // Classes of a conditional generator, 0 of any other.
  size_t classes;
  // Channels of an image: 1 is grey, 3 is RGB.
  size_t channels;
  // Rows of an image in pixels.
  size_t height;
  // Columns of an image in pixels.
  size_t width;
} GannetContract;

// Which samples to draw. What is 0 or null is left to its default, so that
// `(GannetDraw){.seed = 7, .count = 64}` are the first 64 samples of seed 7.
typedef struct {
  // Where the latents come from.
  uint64_t seed;
  // The index of the first sample.
  uint64_t first;
  // How many samples there are.
  uint64_t count;
  // The class of all samples, counted from 0. If it is null, sample `i` of a
  // conditional generator has the class `i % classes`.
  const size_t *class_index;
  // The bound of the latents' values, 0.01 or more; none if it is 0.
  double truncation;
} GannetDraw;

// The scores of a generator. One that the network or the statistics do not allow is
// NaN. Two compare only if features, statistics and count are the same; with other
// features than those of FID's Inception network, `frechet_distance` is **not**
// comparable with a published FID.
typedef struct {
  // The Fréchet distance; lower is better.
  double frechet_distance;
  // The Inception Score; higher is better.
  double inception_score;
  // The kernel distance (KID), the mean over subsets; lower is better.
  double kernel_distance;
  // The share of fakes that look real.
  double precision;
  // The share of reals that the fakes reach.
  double recall;
  // How densely reals surround the fakes.
  double density;
  // The share of reals with a fake near by.
  double coverage;
} GannetScores;

#ifdef __cplusplus
extern "C" {
#endif // __cplusplus

// The version of the library, such as `0.1.0`. It is never null and never freed.
const char *gannet_version(void);

// What was wrong with the last call that failed on this thread: what, where, what was
// expected, what was found and how to mend it. Empty before the first failure.
//
// It is never null, belongs to the library, and stands until the next failure on
// this thread, or the thread's end.
const char *gannet_last_error_message(void);

// Opens a package folder or a bare `.onnx` file on `threads` threads of its own, or
// on a pool that all generators share if that is 0.
//
// # Safety
//
// `path` is null or points to a text that ends with a null byte; `generator` is null
// or points to room for a pointer.
GannetStatus gannet_generator_open(const char *path,
                                   uint32_t threads,
                                   GannetGenerator **generator);

// Opens as `gannet_generator_open` the content of an ONNX file, `length` bytes, which are
// not needed any more afterwards.
//
// # Safety
//
// `bytes` is null or points to `length` bytes; `generator` is null or points to room for a
// pointer.
GannetStatus gannet_generator_open_bytes(const uint8_t *bytes,
                                         size_t length,
                                         uint32_t threads,
                                         GannetGenerator **generator);

// Frees a generator; nothing if it is null.
//
// # Safety
//
// `generator` is null or came from an open function, was not freed, and no thread uses
// it any more.
void gannet_generator_free(GannetGenerator *generator);

// Writes what the generator takes and gives to `contract`.
//
// # Safety
//
// `generator` is null or an open generator; `contract` is null or points to room for a
// `GannetContract`.
GannetStatus gannet_generator_contract(const GannetGenerator *generator,
                                       GannetContract *contract);

// The name of the generator, which stands until it is freed; null if `generator` is.
//
// # Safety
//
// `generator` is null or an open generator.
const char *gannet_generator_name(const GannetGenerator *generator);

// Draws samples into `values`: `[count, channels, height, width]`, row-major, in `[-1, 1]`.
//
// A sample depends on nothing but the generator, the seed, its index and, if it has one,
// its class and truncation. `length` is
// the number of floats in `values`, and must be that of the result.
//
// # Safety
//
// `generator` is null or an open generator; `draw` is null or points to a `GannetDraw` whose
// `class_index` is null or points to a class; `values` is null or points to room for
// `length` floats that nothing else uses meanwhile.
GannetStatus gannet_sample_floats(const GannetGenerator *generator,
                                  const GannetDraw *draw,
                                  float *values,
                                  size_t length);

// Draws as `gannet_sample_floats`, in 8 bits: `(v + 1) * 127.5`, rounded half away from
// zero and clamped to 0 to 255. `length` is the number of bytes in `pixels`.
//
// # Safety
//
// `generator` is null or an open generator; `draw` is null or points to a `GannetDraw` whose
// `class_index` is null or points to a class; `pixels` is null or points to room for
// `length` bytes that nothing else uses meanwhile.
GannetStatus gannet_sample_bytes(const GannetGenerator *generator,
                                 const GannetDraw *draw,
                                 uint8_t *pixels,
                                 size_t length);

// Opens a feature network (`.onnx`) and the statistics of real images (`.npz`).
//
// # Safety
//
// `features` and `statistics` are null or point to texts that end with a null byte;
// `scorer` is null or points to room for a pointer.
GannetStatus gannet_scorer_open(const char *features,
                                const char *statistics,
                                GannetScorer **scorer);

// Frees a scorer; nothing if it is null.
//
// # Safety
//
// `scorer` is null or came from `gannet_scorer_open`, was not freed, and no thread uses
// it any more.
void gannet_scorer_free(GannetScorer *scorer);

// Scores the samples 0 to `count - 1` of `seed` and writes `scores`. It takes as long
// as drawing the samples and running the feature network on each; below 10,000 the
// scores are rough.
//
// # Safety
//
// `scorer` is null or an open scorer, `generator` null or an open generator; `scores` is
// null or points to room for a `GannetScores`.
GannetStatus gannet_score(const GannetScorer *scorer,
                          const GannetGenerator *generator,
                          uint64_t count,
                          uint64_t seed,
                          GannetScores *scores);

#ifdef __cplusplus
}  // extern "C"
#endif  // __cplusplus

#endif  /* GANNET_H */

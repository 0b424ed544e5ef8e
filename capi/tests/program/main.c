/* Uses every function of gannet.h: `main MODEL FEATURES STATISTICS PIXELS FLOATS`
 * writes the samples 1000 to 1003 of seed 7 as bytes and as floats, and prints scores.
 * Every expectation that fails ends the program with its line. */

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "gannet.h"

#define EXPECT(condition)                                                              \
    do {                                                                               \
        if (!(condition)) {                                                            \
            fprintf(stderr, "%s:%d: %s: last error `%s`\n", __FILE__, __LINE__,        \
                    #condition, gannet_last_error_message());                          \
            exit(1);                                                                   \
        }                                                                              \
    } while (0)

#define EXPECT_ERROR(call, status, part)                                               \
    do {                                                                               \
        EXPECT((call) == (status));                                                    \
        EXPECT(strstr(gannet_last_error_message(), part) != NULL);                     \
    } while (0)

enum { SEED = 7, FIRST = 1000, COUNT = 4 };

static void write_file(const char *path, const void *data, size_t size) {
    FILE *file = fopen(path, "wb");
    EXPECT(file != NULL);
    EXPECT(fwrite(data, 1, size, file) == size);
    EXPECT(fclose(file) == 0);
}

static void sample(const GannetGenerator *generator, const char *pixel_path,
                   const char *float_path) {
    GannetContract contract;
    GannetDraw draw = {.seed = SEED, .first = FIRST, .count = COUNT};
    EXPECT(gannet_generator_contract(generator, &contract) == GANNET_STATUS_OK);
    EXPECT(contract.latent > 0 && contract.classes == 0 && contract.channels == 1);
    size_t length = COUNT * contract.channels * contract.height * contract.width;
    uint8_t *pixels = malloc(length);
    float *values = malloc(length * sizeof *values);
    EXPECT(pixels && values);
    EXPECT(gannet_sample_bytes(generator, &draw, pixels, length) == GANNET_STATUS_OK);
    EXPECT(gannet_sample_floats(generator, &draw, values, length) == GANNET_STATUS_OK);
    write_file(pixel_path, pixels, length);
    write_file(float_path, values, length * sizeof *values);

    draw.truncation = 0.5;
    EXPECT(gannet_sample_floats(generator, &draw, values, length) == GANNET_STATUS_OK);

    memset(pixels, 42, length);
    draw.truncation = -1.0;
    EXPECT_ERROR(gannet_sample_bytes(generator, &draw, pixels, length),
                 GANNET_STATUS_INPUT, "0.01");
    draw.truncation = 0.0;
    size_t boots = 9;
    draw.class_index = &boots;
    EXPECT_ERROR(gannet_sample_bytes(generator, &draw, pixels, length),
                 GANNET_STATUS_INPUT, "class 9");
    draw.class_index = NULL;
    EXPECT_ERROR(gannet_sample_bytes(generator, &draw, pixels, length - 1),
                 GANNET_STATUS_INPUT, "`length`");
    draw.count = COUNT + 1;
    EXPECT_ERROR(gannet_sample_bytes(generator, &draw, pixels, length),
                 GANNET_STATUS_INPUT, "`length`");
    draw.count = UINT64_MAX;
    EXPECT_ERROR(gannet_sample_bytes(generator, &draw, pixels, length),
                 GANNET_STATUS_INPUT, "too many");
    draw.count = COUNT;
    draw.first = UINT64_MAX;
    EXPECT_ERROR(gannet_sample_bytes(generator, &draw, pixels, length),
                 GANNET_STATUS_INPUT, "pass the last index");
    draw.first = 0;
    EXPECT_ERROR(gannet_sample_bytes(generator, &draw, NULL, length),
                 GANNET_STATUS_INPUT, "`pixels` is null");
    EXPECT_ERROR(gannet_sample_bytes(NULL, &draw, pixels, length), GANNET_STATUS_INPUT,
                 "`generator` is null");
    EXPECT_ERROR(gannet_sample_bytes(generator, NULL, pixels, length),
                 GANNET_STATUS_INPUT, "`draw` is null");
    EXPECT_ERROR(gannet_sample_floats(generator, &draw, NULL, length),
                 GANNET_STATUS_INPUT, "`values` is null");
    for (size_t i = 0; i < length; i++)
        EXPECT(pixels[i] == 42);
    free(values);
    free(pixels);
}

/* A generator from memory is the one from its file. */
static void embed(const GannetGenerator *from_file, const char *folder) {
    char path[4096];
    GannetGenerator *generator = NULL;
    GannetDraw draw = {.seed = SEED, .count = 1};
    GannetContract contract;
    EXPECT(snprintf(path, sizeof path, "%s/generator.onnx", folder) < (int)sizeof path);
    FILE *file = fopen(path, "rb");
    EXPECT(file && fseek(file, 0, SEEK_END) == 0);
    long length = ftell(file);
    EXPECT(length > 0 && fseek(file, 0, SEEK_SET) == 0);
    uint8_t *bytes = malloc((size_t)length);
    EXPECT(bytes && fread(bytes, 1, (size_t)length, file) == (size_t)length);
    EXPECT(fclose(file) == 0);
    EXPECT(gannet_generator_open_bytes(bytes, (size_t)length, 1, &generator) ==
           GANNET_STATUS_OK);
    EXPECT(gannet_generator_contract(generator, &contract) == GANNET_STATUS_OK);
    size_t size = contract.channels * contract.height * contract.width;
    uint8_t *one = malloc(size), *other = malloc(size);
    EXPECT(one && other);
    EXPECT(gannet_sample_bytes(generator, &draw, one, size) == GANNET_STATUS_OK);
    EXPECT(gannet_sample_bytes(from_file, &draw, other, size) == GANNET_STATUS_OK);
    EXPECT(memcmp(one, other, size) == 0);
    gannet_generator_free(generator);
    generator = NULL;
    EXPECT_ERROR(gannet_generator_open_bytes(bytes, (size_t)length / 2, 1, &generator),
                 GANNET_STATUS_FORMAT, "truncated");
    EXPECT_ERROR(gannet_generator_open_bytes(NULL, 0, 1, &generator), GANNET_STATUS_INPUT,
                 "`bytes` is null");
    EXPECT(generator == NULL);
    free(other);
    free(one);
    free(bytes);
}

static void score(const GannetGenerator *generator, const char *features,
                  const char *statistics) {
    GannetScorer *scorer = NULL;
    GannetScores scores;
    EXPECT(gannet_scorer_open(features, statistics, &scorer) == GANNET_STATUS_OK);
    EXPECT(gannet_score(scorer, generator, 32, SEED, &scores) == GANNET_STATUS_OK);
    printf("%.17g %.17g %.17g %.17g %.17g %.17g %.17g\n", scores.frechet_distance,
           scores.inception_score, scores.kernel_distance, scores.precision,
           scores.recall, scores.density, scores.coverage);
    EXPECT_ERROR(gannet_score(scorer, generator, 1, SEED, &scores), GANNET_STATUS_INPUT,
                 "samples at least");
    EXPECT_ERROR(gannet_score(scorer, NULL, 32, SEED, &scores), GANNET_STATUS_INPUT,
                 "`generator` is null");
    EXPECT_ERROR(gannet_score(scorer, generator, 32, SEED, NULL), GANNET_STATUS_INPUT,
                 "`scores` is null");
    gannet_scorer_free(scorer);
    scorer = NULL;
    EXPECT_ERROR(gannet_scorer_open(features, features, &scorer), GANNET_STATUS_FORMAT,
                 ".npz");
    EXPECT_ERROR(gannet_scorer_open(NULL, statistics, &scorer), GANNET_STATUS_INPUT,
                 "`features` is null");
    EXPECT(scorer == NULL);
    gannet_scorer_free(NULL);
}

int main(int count, char **arguments) {
    GannetGenerator *generator = NULL;
    EXPECT(count == 6);
    EXPECT(strlen(gannet_version()) > 0);
    EXPECT(strlen(gannet_last_error_message()) == 0);

    EXPECT_ERROR(gannet_generator_open("no/such/model", 0, &generator), GANNET_STATUS_IO,
                 "no/such/model");
    EXPECT_ERROR(gannet_generator_open(arguments[3], 0, &generator), GANNET_STATUS_FORMAT,
                 "not an ONNX file");
    EXPECT_ERROR(gannet_generator_open("\xff\xfe", 0, &generator), GANNET_STATUS_INPUT,
                 "UTF-8");
    EXPECT_ERROR(gannet_generator_open(NULL, 0, &generator), GANNET_STATUS_INPUT,
                 "`path` is null");
    EXPECT_ERROR(gannet_generator_open(arguments[1], 0, NULL), GANNET_STATUS_INPUT,
                 "`generator` is null");
    EXPECT(generator == NULL);
    EXPECT_ERROR(gannet_generator_contract(NULL, NULL), GANNET_STATUS_INPUT, "is null");
    EXPECT(gannet_generator_name(NULL) == NULL);
    gannet_generator_free(NULL);

    EXPECT(gannet_generator_open(arguments[1], 2, &generator) == GANNET_STATUS_OK);
    EXPECT(strcmp(gannet_generator_name(generator), "fashion-mnist") == 0);
    sample(generator, arguments[4], arguments[5]);
    embed(generator, arguments[1]);
    score(generator, arguments[2], arguments[3]);
    gannet_generator_free(generator);
    return 0;
}

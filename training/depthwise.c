// Gradients of depthwise convolutions, channels last, bfloat16 in and out. Torch's generic path for them
// takes two thirds of a training step on a processor. Built by depthwise.py.
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

typedef float lanes __attribute__((vector_size(64)));
typedef uint32_t words __attribute__((vector_size(64)));
typedef uint16_t halves __attribute__((vector_size(32)));

static inline lanes widen(const uint16_t *p) {
    halves h;
    memcpy(&h, p, 32);
    return (lanes)(__builtin_convertvector(h, words) << 16);
}

static inline void narrow(lanes v, uint16_t *p) {
    words w = (words)v;
    halves h = __builtin_convertvector((w + 0x7fff + ((w >> 16) & 1)) >> 16, halves);
    memcpy(p, &h, 32);
}

// One block of 16 channels of every picture. `x`: n x h x w x c; `g`: n x oh x ow x c; `weight` and
// `gw`: k * k x c; `gx` like `x`. Padding is k / 2.
#define BLOCK(K, S)                                                                                        \
    static void block_##K##_##S(const uint16_t *x, const uint16_t *g, const float *weight, uint16_t *gx,   \
                                float *gw, long n, long h, long w, long oh, long ow, long c, lanes *px,    \
                                lanes *pgx) {                                                              \
        const long P = K / 2, pw = w + 2 * P, ph = h + 2 * P;                                              \
        lanes kernel[K * K], sum[K * K];                                                                   \
        for (int k = 0; k < K * K; k++) {                                                                  \
            memcpy(&kernel[k], weight + k * c, 64);                                                        \
            sum[k] = (lanes){0};                                                                           \
        }                                                                                                  \
        memset(px, 0, ph * pw * 64);                                                                       \
        for (long i = 0; i < n; i++) {                                                                     \
            memset(pgx, 0, ph * pw * 64);                                                                  \
            for (long y = 0; y < h; y++)                                                                   \
                for (long q = 0; q < w; q++) px[(y + P) * pw + q + P] = widen(x + ((i * h + y) * w + q) * c); \
            for (long y = 0; y < oh; y++)                                                                  \
                for (long q = 0; q < ow; q++) {                                                            \
                    const lanes v = widen(g + ((i * oh + y) * ow + q) * c);                                \
                    const lanes *from = px + y * S * pw + q * S;                                           \
                    for (int a = 0; a < K; a++)                                                            \
                        for (int b = 0; b < K; b++) sum[a * K + b] += v * from[a * pw + b];                \
                }                                                                                          \
            for (long y = 0; y < oh; y++)                                                                  \
                for (long q = 0; q < ow; q++) {                                                            \
                    const lanes v = widen(g + ((i * oh + y) * ow + q) * c);                                \
                    lanes *to = pgx + y * S * pw + q * S;                                                  \
                    for (int a = 0; a < K; a++)                                                            \
                        for (int b = 0; b < K; b++) to[a * pw + b] += v * kernel[a * K + b];               \
                }                                                                                          \
            for (long y = 0; y < h; y++)                                                                   \
                for (long q = 0; q < w; q++) narrow(pgx[(y + P) * pw + q + P], gx + ((i * h + y) * w + q) * c); \
        }                                                                                                  \
        for (int k = 0; k < K * K; k++) memcpy(gw + k * c, &sum[k], 64);                                   \
    }
BLOCK(3, 1)
BLOCK(3, 2)
BLOCK(5, 1)
BLOCK(5, 2)

void depthwise_backward(const uint16_t *x, const uint16_t *g, const float *weight, uint16_t *gx, float *gw,
                       long n, long h, long w, long oh, long ow, long c, long k, long s) {
    const size_t padded = (size_t)(h + k) * (w + k) * 64;
#pragma omp parallel
    {
        lanes *px = aligned_alloc(64, padded), *pgx = aligned_alloc(64, padded);
#pragma omp for schedule(dynamic)
        for (long f = 0; f < c; f += 16) {
            if (k == 3 && s == 1) block_3_1(x + f, g + f, weight + f, gx + f, gw + f, n, h, w, oh, ow, c, px, pgx);
            if (k == 3 && s == 2) block_3_2(x + f, g + f, weight + f, gx + f, gw + f, n, h, w, oh, ow, c, px, pgx);
            if (k == 5 && s == 1) block_5_1(x + f, g + f, weight + f, gx + f, gw + f, n, h, w, oh, ow, c, px, pgx);
            if (k == 5 && s == 2) block_5_2(x + f, g + f, weight + f, gx + f, gw + f, n, h, w, oh, ow, c, px, pgx);
        }
        free(px);
        free(pgx);
    }
}

// Gradients of depthwise convolutions, channels last, in single precision or bfloat16. Torch's generic path for
// them takes half of a training step on a processor, and more in bfloat16. Built by depthwise.py.
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#ifdef __AVX512F__
#define LANES 16
#else
#define LANES 8
#endif

typedef float lanes __attribute__((vector_size(4 * LANES)));
typedef uint32_t words __attribute__((vector_size(4 * LANES)));
typedef uint16_t halves __attribute__((vector_size(2 * LANES)));

static inline lanes load_bf16(const uint16_t *p) {
    halves h;
    memcpy(&h, p, sizeof h);
    return (lanes)(__builtin_convertvector(h, words) << 16);
}

static inline void store_bf16(lanes v, uint16_t *p) {
    words w = (words)v;
    halves h = __builtin_convertvector((w + 0x7fff + ((w >> 16) & 1)) >> 16, halves);
    memcpy(p, &h, sizeof h);
}

static inline lanes load_f32(const float *p) {
    lanes v;
    memcpy(&v, p, sizeof v);
    return v;
}

static inline void store_f32(lanes v, float *p) { memcpy(p, &v, sizeof v); }

// One block of LANES channels of every picture. `x`: n x h x w x c; `g`: n x oh x ow x c; `weight` and `gw`:
// k * k x c; `gx` like `x`. Padding is k / 2. `px` and `pg` hold one padded picture each.
#define BLOCK(K, S, TYPE, NAME)                                                                                \
    static void block_##K##_##S##_##NAME(const TYPE *x, const TYPE *g, const float *weight, TYPE *gx,          \
                                         float *gw, long n, long h, long w, long oh, long ow, long c,          \
                                         lanes *px, lanes *pg) {                                               \
        const long P = K / 2, pw = w + 2 * P, ph = h + 2 * P;                                                  \
        lanes kernel[K * K], sum[K * K];                                                                       \
        for (int k = 0; k < K * K; k++) {                                                                      \
            kernel[k] = load_f32(weight + k * c);                                                              \
            sum[k] = (lanes){0};                                                                               \
        }                                                                                                      \
        memset(px, 0, ph * pw * sizeof(lanes));                                                                \
        for (long i = 0; i < n; i++) {                                                                         \
            for (long y = 0; y < h; y++)                                                                       \
                for (long q = 0; q < w; q++)                                                                   \
                    px[(y + P) * pw + q + P] = load_##NAME(x + ((i * h + y) * w + q) * c);                     \
            /* The gradient with zeros between its rows and columns where the stride left some out. */         \
            memset(pg, 0, ph * pw * sizeof(lanes));                                                            \
            for (long y = 0; y < oh; y++)                                                                      \
                for (long q = 0; q < ow; q++)                                                                  \
                    pg[(y * S + P) * pw + q * S + P] = load_##NAME(g + ((i * oh + y) * ow + q) * c);           \
            for (long y = 0; y < oh; y++)                                                                      \
                for (int a = 0; a < K; a++) {                                                                  \
                    lanes row[K];                                                                              \
                    for (int b = 0; b < K; b++) row[b] = sum[a * K + b];                                       \
                    const lanes *from = px + (y * S + a) * pw, *v = pg + (y * S + P) * pw + P;                 \
                    for (long q = 0; q < ow; q++)                                                              \
                        for (int b = 0; b < K; b++) row[b] += v[q * S] * from[q * S + b];                      \
                    for (int b = 0; b < K; b++) sum[a * K + b] = row[b];                                       \
                }                                                                                              \
            for (long y = 0; y < h; y++)                                                                       \
                for (long q = 0; q < w; q++) {                                                                 \
                    lanes v = (lanes){0};                                                                      \
                    for (int a = 0; a < K; a++)                                                                \
                        for (int b = 0; b < K; b++)                                                            \
                            v += pg[(y + 2 * P - a) * pw + q + 2 * P - b] * kernel[a * K + b];                 \
                    store_##NAME(v, gx + ((i * h + y) * w + q) * c);                                           \
                }                                                                                              \
        }                                                                                                      \
        for (int k = 0; k < K * K; k++) store_f32(sum[k], gw + k * c);                                         \
    }

#define ENTRY(TYPE, NAME)                                                                                      \
    BLOCK(3, 1, TYPE, NAME)                                                                                    \
    BLOCK(3, 2, TYPE, NAME)                                                                                    \
    BLOCK(5, 1, TYPE, NAME)                                                                                    \
    BLOCK(5, 2, TYPE, NAME)                                                                                    \
    void depthwise_backward_##NAME(const TYPE *x, const TYPE *g, const float *weight, TYPE *gx, float *gw,     \
                                   long n, long h, long w, long oh, long ow, long c, long k, long s) {         \
        const size_t padded = (size_t)(h + k) * (w + k) * sizeof(lanes);                                       \
        _Pragma("omp parallel") {                                                                              \
            lanes *px = aligned_alloc(64, (padded + 63) / 64 * 64), *pg = aligned_alloc(64, (padded + 63) / 64 * 64); \
            _Pragma("omp for schedule(dynamic)") for (long f = 0; f < c; f += LANES) {                         \
                const TYPE *xf = x + f, *gf = g + f;                                                           \
                if (k == 3 && s == 1) block_3_1_##NAME(xf, gf, weight + f, gx + f, gw + f, n, h, w, oh, ow, c, px, pg); \
                if (k == 3 && s == 2) block_3_2_##NAME(xf, gf, weight + f, gx + f, gw + f, n, h, w, oh, ow, c, px, pg); \
                if (k == 5 && s == 1) block_5_1_##NAME(xf, gf, weight + f, gx + f, gw + f, n, h, w, oh, ow, c, px, pg); \
                if (k == 5 && s == 2) block_5_2_##NAME(xf, gf, weight + f, gx + f, gw + f, n, h, w, oh, ow, c, px, pg); \
            }                                                                                                  \
            free(px);                                                                                          \
            free(pg);                                                                                          \
        }                                                                                                      \
    }

ENTRY(uint16_t, bf16)
ENTRY(float, f32)

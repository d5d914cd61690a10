//! From photos and prompt to pictures: the stages in order, each of which can be called by itself.
//!
//! The flow: texts -> ids (three: the prompt with its class word once per identity, the prompt without
//! the trigger, the negative prompt) -> embeddings; photos -> identity -> into the class words' places;
//! noise -> denoised step by step, the first steps by the text alone -> decoded.

use candle_core::{DType, Tensor};

use crate::autoencoder_kl::AutoencoderKL;
use crate::clip::TextEncoder;
use crate::error::{Error, Result};
use crate::model::{Identity, PhotoMakerIDEncoder};
use crate::ops::Place;
use crate::schedulers::Scheduler;
use crate::tokenizer::{Expanded, Tokenizer};
use crate::unet_2d_condition::{Condition, UNet2DConditionModel};

/// The networks and tables of one model, loaded.
#[derive(Debug)]
pub struct Pipeline {
    /// Tokenizer of the first text encoder.
    pub tokenizer: Tokenizer,
    /// Tokenizer of the second.
    pub tokenizer_2: Tokenizer,
    /// CLIP ViT-L.
    pub text_encoder: TextEncoder,
    /// OpenCLIP ViT-bigG; its pooled text goes into the UNet beside the tokens.
    pub text_encoder_2: TextEncoder,
    /// PhotoMaker's.
    pub id_encoder: PhotoMakerIDEncoder,
    /// The denoiser.
    pub unet: UNet2DConditionModel,
    /// The decoder.
    pub vae: AutoencoderKL,
    /// Whether no negative prompt means zeros rather than an empty text.
    pub force_zeros_for_empty_prompt: bool,
    /// Where it computes.
    pub place: Place,
}

/// The ids that the text encoders read.
#[derive(Debug, Clone)]
pub struct Ids {
    /// The prompt for encoders 1 and 2.
    pub prompt: [Expanded; 2],
    /// The prompt without the trigger.
    pub text_only: [Vec<u32>; 2],
    /// The prompt without the trigger, as text.
    pub text_only_prompt: String,
    /// The negative prompt.
    pub negative: Option<[Vec<u32>; 2]>,
}

/// A text in the form that the UNet takes.
#[derive(Debug, Clone)]
pub struct Embedding {
    /// Encoder 1, `[1, 77, 768]`.
    pub first: Tensor,
    /// Encoder 2, `[1, 77, 1280]`.
    pub second: Tensor,
    /// Both side by side, `[1, 77, 2048]`.
    pub tokens: Tensor,
    /// The whole text, `[1, 1280]`.
    pub pooled: Tensor,
}

/// The settings of one run of denoising.
#[derive(Debug, Clone)]
pub struct Guided<'a> {
    /// The negative prompt; not used when `guidance` is 1.
    pub negative: &'a Embedding,
    /// The prompt without identity, for steps up to `start_merge`.
    pub text_only: &'a Embedding,
    /// The prompt with identity `[1, 77, 2048]` and its pooled text `[1, 1280]`.
    pub merged: (&'a Tensor, &'a Tensor),
    /// The last step that sees the text alone, counted from 0; -1 for none.
    pub start_merge: i64,
    /// Classifier-free guidance scale (Ho and Salimans 2022); 1 is none.
    pub guidance: f64,
    /// Height and width of the picture, pixels.
    pub size: (usize, usize),
}

/// One step of denoising, as the `watch` function of [`Pipeline::denoise`] sees it.
#[derive(Debug)]
pub struct Step<'a> {
    /// From 0.
    pub index: usize,
    /// The input of the UNet: negative rows first, `[2 n, 4, h, w]`.
    pub input: &'a Tensor,
    /// The output of the UNet.
    pub output: &'a Tensor,
    /// The latents after the step, `[n, 4, h, w]`.
    pub latents: &'a Tensor,
}

impl Pipeline {
    /// Every text as ids, for `photos` photos.
    ///
    /// # Errors
    /// [`Error::Input`] for prompts in which the trigger word is missing or misplaced.
    pub fn ids(&self, prompt: &str, negative: Option<&str>, photos: usize) -> Result<Ids> {
        let times = photos * self.id_encoder.num_tokens();
        let text_only_prompt = self.tokenizer.text_only(prompt);
        let both = |text: &str| [self.tokenizer.padded(text), self.tokenizer_2.padded(text)];
        Ok(Ids {
            prompt: [self.tokenizer.expanded(prompt, times)?, self.tokenizer_2.expanded(prompt, times)?],
            text_only: both(&text_only_prompt),
            negative: negative.map(both),
            text_only_prompt,
        })
    }

    /// The embedding of one text.
    ///
    /// # Errors
    /// Errors of the device.
    pub fn embed(&self, [first, second]: [&[u32]; 2]) -> Result<Embedding> {
        let first = self.text_encoder.forward(first)?.hidden;
        let encoded = self.text_encoder_2.forward(second)?;
        let pooled = encoded
            .pooled
            .ok_or_else(|| Error::unsupported("text_encoder_2", "it has no text_projection"))?;
        let tokens = Tensor::cat(&[&first, &encoded.hidden], 2)?;
        Ok(Embedding { first, second: encoded.hidden, tokens, pooled })
    }

    /// The embedding of the negative prompt; without one, zeros or an empty text, as the model says.
    ///
    /// # Errors
    /// Errors of the device.
    pub fn embed_negative(&self, ids: Option<&[Vec<u32>; 2]>, like: &Embedding) -> Result<Embedding> {
        match ids {
            Some([first, second]) => self.embed([first, second]),
            None if self.force_zeros_for_empty_prompt => Ok(Embedding {
                first: like.first.zeros_like()?,
                second: like.second.zeros_like()?,
                tokens: like.tokens.zeros_like()?,
                pooled: like.pooled.zeros_like()?,
            }),
            None => self.embed([&self.tokenizer.padded(""), &self.tokenizer_2.padded("")]),
        }
    }

    /// The prompt's tokens with the identity in the class word's places, `[1, 77, 2048]`.
    ///
    /// # Errors
    /// Errors of the device.
    pub fn fuse(&self, prompt: &Embedding, identity: &Identity, mask: &[bool]) -> Result<Tensor> {
        self.id_encoder.fuse(&prompt.tokens, identity, mask)
    }

    /// Original size, crop and target size of a picture, in the order that the UNet takes.
    pub fn time_ids((height, width): (usize, usize)) -> [f64; 6] {
        let (h, w) = (height as f64, width as f64);
        [h, w, 0.0, 0.0, h, w]
    }

    /// Takes the noise out of `latents` `[n, 4, h, w]` in the given steps of the scheduler.
    ///
    /// `noise` returns the fresh noise of a step; only schedulers that need it ask. `watch` is called after
    /// every step; when it answers `false`, the work ends with [`Error::Cancelled`].
    ///
    /// # Errors
    /// [`Error::Cancelled`] and errors of the device.
    pub fn denoise(
        &self,
        scheduler: &mut Scheduler,
        mut latents: Tensor,
        steps: std::ops::Range<usize>,
        guided: &Guided<'_>,
        noise: &mut dyn FnMut(usize) -> Result<Tensor>,
        watch: &mut dyn FnMut(Step<'_>) -> bool,
    ) -> Result<Tensor> {
        let pictures = latents.dim(0)?;
        let guides = guided.guidance > 1.0;
        let repeat = |x: &Tensor| -> Result<Tensor> {
            let mut shape = x.dims().to_vec();
            shape[0] = pictures;
            Ok(x.broadcast_as(shape)?.contiguous()?)
        };
        let condition = |tokens: &Tensor, pooled: &Tensor| -> Result<Condition> {
            let (tokens, pooled) = (repeat(tokens)?, repeat(pooled)?);
            let negative = guided.negative;
            let time_ids = Self::time_ids(guided.size);
            if !guides {
                return Ok(Condition { prompt: tokens, pooled, time_ids });
            }
            Ok(Condition {
                prompt: Tensor::cat(&[repeat(&negative.tokens)?, tokens], 0)?,
                pooled: Tensor::cat(&[repeat(&negative.pooled)?, pooled], 0)?,
                time_ids,
            })
        };
        let alone = condition(&guided.text_only.tokens, &guided.text_only.pooled)?;
        let merged = condition(guided.merged.0, guided.merged.1)?;
        for i in steps {
            let scaled = scheduler.scale_model_input(&latents, i)?;
            let input = if guides { Tensor::cat(&[&scaled, &scaled], 0)? } else { scaled };
            let merges = i64::try_from(i).unwrap_or(i64::MAX) > guided.start_merge;
            let condition = if merges { &merged } else { &alone };
            let output = self.unet.forward(&input, scheduler.timesteps()[i], condition)?;
            let prediction = if guides {
                let negative = output.narrow(0, 0, pictures)?;
                let text = output.narrow(0, pictures, pictures)?;
                (&negative + ((text - &negative)? * guided.guidance)?)?
            } else {
                output.clone()
            };
            let fresh = if scheduler.wants_noise() { Some(noise(i)?) } else { None };
            latents = scheduler.step(i, &prediction, &latents, fresh.as_ref())?;
            if !watch(Step { index: i, input: &input, output: &output, latents: &latents }) {
                return Err(Error::Cancelled);
            }
        }
        Ok(latents)
    }

    /// The picture of latents `[1, 4, h, w]`, `[1, 3, 8 h, 8 w]` in single precision, about -1 to 1.
    ///
    /// # Errors
    /// Errors of the device.
    pub fn decode(&self, latents: &Tensor) -> Result<Tensor> {
        Ok(self.vae.decode(latents)?.to_dtype(DType::F32)?)
    }
}

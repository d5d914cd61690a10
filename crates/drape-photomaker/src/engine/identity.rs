//! The identity of the person in the photos.

use std::time::Instant;

use candle_core::{D, DType, Tensor};
use drape_core::engine::Request;
use drape_core::id::UserId;
use drape_core::photo::Photo;
use image::RgbImage;
use sha2::{Digest as _, Sha256};

use super::setup::{Portraits, Setup};
use crate::cache::Cache;
use crate::error::{Error, Input, Result};
use crate::load::{Loaded, Stage};
use crate::model::Identity;
use crate::preprocess::{clip_pixels, clip_tensor};

/// The key of a kept identity: the owner and the hash of the photos. Two people with the same photo have two
/// entries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Who {
    owner: UserId,
    photos: [u8; 32],
}

/// An identity, and the features of its photos that results are compared with.
#[derive(Debug, Clone)]
pub(super) struct Known {
    pub(super) identity: Identity,
    /// How many photos were used.
    pub(super) photos: usize,
    /// The index of the first used photo in the request.
    pub(super) first: usize,
    /// The mean of the photos as the ID encoder's vision model sees them, of length 1, `[1, 1024]`.
    likeness: Tensor,
}

/// The identity in the photos of a request.
pub(super) fn know(
    setup: &Setup,
    loaded: &Loaded,
    people: &mut Cache<Who, Known>,
    request: &Request<'_>,
) -> Result<Known> {
    let now = Instant::now();
    let who = request.owner.map(|owner| Who { owner, photos: digest(request.photos) });
    if let Some(known) = who.as_ref().and_then(|w| people.get(w, now)) {
        return Ok(known);
    }
    let encoder = &loaded.pipeline.id_encoder;
    let device = &loaded.pipeline.place.device;
    let mut portraits = Vec::new();
    let mut faces = Vec::new();
    let mut first = None;
    for (i, bytes) in request.photos.iter().enumerate() {
        let photo = Photo::decode(bytes).map_err(|e| Error::Compute(e.to_string()))?;
        let Some(portrait) = portrait(setup, &photo) else { continue };
        if encoder.needs_faces() {
            let embed = setup.faces.as_ref().ok_or(Input::NoFaceModel)?;
            // Leave the photo out of `portraits`, too: portraits and faces must match in number.
            let Some(face) = embed(&photo.pixels)? else { continue };
            faces.push(face);
        }
        first.get_or_insert(i);
        portraits.push(clip_pixels(&portrait));
    }
    let Some(first) = first else { return Err(Input::NoFace.into()) };
    let pixels = clip_tensor(&portraits, device)?;
    let faces = if faces.is_empty() {
        None
    } else {
        let width = faces[0].len();
        let rows = faces.len();
        Some(Tensor::from_vec(faces.concat(), (rows, width), device)?)
    };
    let mean = encoder.likeness(&pixels)?.mean_keepdim(0)?;
    let length = mean.sqr()?.sum_keepdim(D::Minus1)?.sqrt()?;
    let known = Known {
        identity: encoder.encode(&pixels, faces.as_ref())?,
        photos: portraits.len(),
        first,
        likeness: mean.broadcast_div(&length)?,
    };
    loaded.rest(Stage::Identity);
    if let Some(who) = who {
        people.put(who, known.clone(), now);
    }
    Ok(known)
}

/// How much a picture resembles the person, -1 to 1: the cosine between the features of the picture and of
/// the photos in the ID encoder's vision model. If a head is found in the picture, only the head is compared,
/// as for the photos.
pub(super) fn likeness(
    portraits: Option<&Portraits>,
    loaded: &Loaded,
    known: &Known,
    picture: &RgbImage,
) -> Result<f32> {
    let photo = Photo { pixels: picture.clone(), icc: None };
    let head = portraits.and_then(|find| find(&photo)).unwrap_or(photo.pixels);
    let pixels = clip_tensor(&[clip_pixels(&head)], &loaded.pipeline.place.device)?;
    let seen = loaded.pipeline.id_encoder.likeness(&pixels)?;
    let cosine = (seen * &known.likeness)?.sum_all()?;
    Ok(cosine.to_dtype(DType::F32)?.to_scalar::<f32>()?)
}

fn portrait(setup: &Setup, photo: &Photo) -> Option<RgbImage> {
    match &setup.portraits {
        Some(find) => find(photo),
        None => Some(photo.pixels.clone()),
    }
}

/// A hash of the photos, each with its length, so that different lists have different hashes.
fn digest(photos: &[&[u8]]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for photo in photos {
        hash.update((photo.len() as u64).to_le_bytes());
        hash.update(photo);
    }
    hash.finalize().into()
}

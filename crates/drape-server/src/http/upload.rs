//! The upload form of photos, read within limits while it arrives.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use axum::body::Body;
use axum::extract::multipart::{Field, MultipartError, MultipartRejection};
use axum::extract::{DefaultBodyLimit, FromRequest, Multipart, Request};
use bytes::{Bytes, BytesMut};
use futures::StreamExt as _;
use tokio::sync::OwnedSemaphorePermit;

use crate::Problem;
use crate::app::{App, Shared};

/// Most bytes of one uploaded photo.
pub(crate) const MAX_UPLOAD: usize = 20 << 20;
/// Most photos in one request.
pub(crate) const MAX_FILES: usize = 5;

/// Most fields of one form, files among them.
const MOST_FIELDS: usize = 32;
/// Most bytes of a field that is not a file.
const MAX_FIELD: usize = 8 << 10;

/// Most bytes of a form outside the content of its fields: the preamble and the headers of fields. The parser
/// would buffer them without limit.
const MAX_BETWEEN: usize = 1 << 20;

/// The body limit of upload routes, above the limits of all files together.
pub(crate) fn body_limit() -> DefaultBodyLimit {
    DefaultBodyLimit::max(MAX_FILES * MAX_UPLOAD + (1 << 20))
}

/// A form with files, while it arrives.
pub(crate) struct Incoming {
    form: Multipart,
    /// Bytes that arrived and were not read as content of a field.
    between: Arc<AtomicUsize>,
}

impl FromRequest<Shared> for Incoming {
    type Rejection = MultipartRejection;

    async fn from_request(request: Request, app: &Shared) -> Result<Self, MultipartRejection> {
        let between = Arc::new(AtomicUsize::new(0));
        let came = Arc::clone(&between);
        let request = request.map(|body| {
            Body::from_stream(body.into_data_stream().map(move |piece| {
                let piece = piece?;
                let before = came.fetch_add(piece.len(), Ordering::Relaxed);
                if before + piece.len() > MAX_BETWEEN {
                    return Err(axum::Error::new("too much of the form is in no field"));
                }
                Ok(piece)
            }))
        });
        Ok(Self { form: Multipart::from_request(request, app).await?, between })
    }
}

/// The content of an upload form.
#[derive(Default)]
pub(crate) struct Upload {
    /// The files of the fields `photo`, `photos`, `images` or `multipartFile`, in order.
    pub(crate) files: Vec<Bytes>,
    /// Whether the box "this is me, or I have permission" is ticked.
    pub(crate) consent: bool,
    /// Permits for the memory that the files take.
    room: Vec<OwnedSemaphorePermit>,
}

impl Upload {
    /// Reads a form while it arrives. Stops at the first byte beyond a limit, and when there is no room.
    pub(crate) async fn read(app: &App, incoming: Incoming) -> Result<Self, Problem> {
        let Incoming { mut form, between } = incoming;
        let mut upload = Self::default();
        let mut fields = 0;
        while let Some(field) = form.next_field().await.map_err(|e| broken(&e))? {
            fields += 1;
            if fields > MOST_FIELDS {
                return Err(Problem::invalid(
                    "form",
                    format!("양식의 칸은 {MOST_FIELDS}개까지 보낼 수 있어요."),
                    format!("A form can have at most {MOST_FIELDS} fields."),
                ));
            }
            let name = field.name().unwrap_or_default().to_owned();
            match name.as_str() {
                "photo" | "photos" | "images" | "multipartFile" => {
                    let bytes = limited(field, &between, MAX_UPLOAD, Some((app, &mut upload.room))).await?;
                    // A browser sends an empty file for a file field that is left empty.
                    if !bytes.is_empty() {
                        if upload.files.len() == MAX_FILES {
                            return Err(Problem::invalid(
                                "photo",
                                format!("사진은 한 번에 {MAX_FILES}장까지 올릴 수 있어요."),
                                format!("At most {MAX_FILES} photos can be uploaded at a time."),
                            ));
                        }
                        upload.files.push(bytes);
                    }
                }
                "consent" => {
                    let bytes = limited(field, &between, MAX_FIELD, None).await?;
                    let text = String::from_utf8_lossy(&bytes);
                    upload.consent = matches!(text.trim(), "on" | "true" | "1" | "yes");
                }
                // Read unknown fields past, within the limit.
                _ => {
                    limited(field, &between, MAX_FIELD, None).await?;
                }
            }
        }
        Ok(upload)
    }
}

/// The bytes of a field. Room for each megabyte is taken before it is kept.
async fn limited(
    mut field: Field<'_>,
    between: &AtomicUsize,
    most: usize,
    mut room: Option<(&App, &mut Vec<OwnedSemaphorePermit>)>,
) -> Result<Bytes, Problem> {
    let mut bytes = BytesMut::new();
    while let Some(chunk) = field.chunk().await.map_err(|e| broken(&e))? {
        between.fetch_sub(chunk.len(), Ordering::Relaxed);
        let length = bytes.len() + chunk.len();
        if length > most {
            return Err(Problem::TooLarge { bytes: most });
        }
        let more = length.div_ceil(1 << 20) - bytes.len().div_ceil(1 << 20);
        if let (Some((app, taken)), 1..) = (&mut room, more) {
            let wanted = u32::try_from(more).map_err(|_| Problem::Internal)?;
            // Fail at once: a waiting upload would hold the room it has taken and block the others.
            let place = Arc::clone(&app.upload_room).try_acquire_many_owned(wanted);
            taken.push(place.map_err(|_| Problem::Full { retry_after: 10 })?);
        }
        bytes.extend_from_slice(&chunk);
    }
    Ok(bytes.freeze())
}

fn broken(error: &MultipartError) -> Problem {
    if error.status() == axum::http::StatusCode::PAYLOAD_TOO_LARGE {
        return Problem::TooLarge { bytes: MAX_UPLOAD };
    }
    Problem::invalid(
        "photo",
        "업로드가 중간에 끊겼거나 형식이 맞지 않아요. 다시 올려 주세요.",
        "The upload was cut off or is not a valid form. Please upload again.",
    )
}

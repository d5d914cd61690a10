//! A request for looks: the states that it goes through, and the reasons for which it may fail.

use crate::language::Language;
use crate::vocabulary::{ids, words};

words! {
    /// State of a job. Transitions: `queued -> running -> done | failed`, `running -> queued` (another
    /// attempt), `queued | running -> cancelled`, `queued -> expired`.
    State {
        /// Waits for a worker.
        Queued "queued" "대기 중" "waiting";
        /// A worker holds its lease.
        Running "running" "만드는 중" "in progress";
        /// Its looks are stored.
        Done "done" "완성" "done";
        /// It ended without looks; the reason says why.
        Failed "failed" "실패" "failed";
        /// Its owner cancelled it.
        Cancelled "cancelled" "취소됨" "cancelled";
        /// No worker took it in time.
        Expired "expired" "기한 지남" "expired";
    }
}

ids! {
    /// Why a job failed.
    FailureReason {
        /// The photo shows no person.
        NoPerson "no_person";
        /// The photo shows a person, but no clothes to work on.
        NoClothes "no_clothes";
        /// No photo shows a face that the engine can use.
        NoFace "no_face";
        /// The machine has too little memory for a picture of this size.
        NoMemory "no_memory";
        /// Every photo of the job was deleted before it ran.
        PhotoGone "photo_gone";
        /// The engine failed for a reason of its own.
        EngineFailed "engine_failed";
        /// The queue delivered it as often as it may, and no worker finished it.
        Undeliverable "undeliverable";
        /// Three workers in turn were lost while they held it.
        WorkerLost "worker_lost";
    }
}

impl State {
    /// Whether the job is over: it never changes its state again.
    pub fn ended(self) -> bool {
        !matches!(self, Self::Queued | Self::Running)
    }
}

impl FailureReason {
    /// Whether another attempt could end differently.
    pub fn transient(self) -> bool {
        matches!(self, Self::EngineFailed | Self::WorkerLost)
    }

    /// What happened and what to do about it, for the user.
    pub fn message(self, language: Language) -> &'static str {
        match self {
            Self::NoPerson => language.pick(
                "사진에서 사람을 찾지 못했어요. 한 사람이 정면으로 서 있고 옷이 잘 보이는 밝은 사진을 \
                 골라 주세요.",
                "The photo shows no person. Choose a bright photo of one person who faces the camera, with \
                 the clothes in view.",
            ),
            Self::NoClothes => language.pick(
                "얼굴만 보이고 옷이 보이지 않아요. 적어도 가슴까지, 가능하면 온몸이 나온 사진을 골라 주세요.",
                "The photo shows a face but no clothes. Choose one that shows you down to the chest at \
                 least, or better the whole body.",
            ),
            Self::NoFace => language.pick(
                "사진에서 얼굴을 찾지 못했어요. 얼굴이 크고 또렷하게 나온 사진을 골라 주세요.",
                "No photo shows a face that can be used. Choose one in which the face is large and clear.",
            ),
            Self::NoMemory => language.pick(
                "이 크기의 그림을 그리기에는 메모리가 부족해요. 더 작은 크기를 고르거나 사진 속 옷만 바꾸는 \
                 방식을 써 주세요.",
                "There is not enough memory for a picture of this size. Choose a smaller size, or have \
                 only the clothes in your photo changed.",
            ),
            Self::PhotoGone => language.pick(
                "작업을 시작하기 전에 사진이 삭제됐어요. 사진을 다시 올려 주세요.",
                "The photo was deleted before the work began. Please upload it again.",
            ),
            Self::EngineFailed => language.pick(
                "사진을 처리하는 중에 문제가 생겼어요. 다시 시도하거나 다른 사진을 써 보세요.",
                "Something went wrong while the photo was processed. Try again, or use another photo.",
            ),
            Self::Undeliverable => language.pick(
                "작업 서버가 여러 번 시도했지만 끝내지 못했어요. 다른 사진이나 설정으로 다시 시도해 주세요.",
                "Several workers tried, and none finished. Try again with another photo or other settings.",
            ),
            Self::WorkerLost => language.pick(
                "작업 서버가 세 번 멈춰서 완성하지 못했어요. 잠시 후 다시 시도해 주세요.",
                "The worker stopped three times before the look was done. Please try again in a while.",
            ),
        }
    }
}

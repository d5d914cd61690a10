//! The names of the engines, in settings, jobs, looks and reports.

use crate::vocabulary::ids;

ids! {
    /// An engine that makes looks. A test's engines have names of their own and are none of these.
    EngineId {
        /// Changes the clothes in the photo itself (`drape-retouch`).
        Retouch "retouch";
        /// Paints a new picture of the person: SDXL with PhotoMaker (`drape-photomaker`).
        Photomaker "photomaker";
        /// Has the picture made by a SageMaker endpoint (`drape-remote`).
        SageMaker "sagemaker";
    }
}

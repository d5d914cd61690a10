//! What `/api/v1` answers, whole: a change of any field, word or order is seen here.

use drape_testing::steady;
use serde_json::{Value, json};

use crate::common::{Setup, Site, example, json_of};

/// Sends it, and shows the answer as a snapshot does: status, then body.
macro_rules! answer {
    ($sent:expr) => {{
        let answer = $sent.await;
        let status = answer.status().as_u16();
        let body: Value = json_of(answer).await;
        (format!("{status}\n{}", steady(&body)), body)
    }};
}

#[tokio::test(flavor = "multi_thread")]
async fn a_photo_and_a_job_that_waits() {
    let site = Site::with(Setup { workers: 0, ..Setup::default() }).await;
    site.may_leave(1);
    let user = site.guest().await;
    let (shown, photo) = answer!(user.upload(example("grace-hopper.jpg")));
    insta::assert_snapshot!(shown, @"");
    let wish = json!({"sentence": "green tartan jacket", "photos": [photo[0]["id"]], "seed": 7});
    let (shown, _) = answer!(user.post("/api/v1/jobs", wish));
    insta::assert_snapshot!(shown, @"");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_look() {
    let site = Site::start().await;
    let user = site.guest().await;
    let look = user.look("green tartan jacket, red skirt").await;
    let (shown, look) = answer!(user.get(&format!("/api/v1/looks/{look}")));
    insta::assert_snapshot!(shown, @"");
    let job = look["job"].as_str().expect("its job");
    let (shown, _) = answer!(user.get(&format!("/api/v1/jobs/{job}")));
    insta::assert_snapshot!(shown, @"");
    let (shown, _) = answer!(user.delete("/api/v1/account"));
    insta::assert_snapshot!(shown, @"");
}

#[tokio::test(flavor = "multi_thread")]
async fn problems() {
    let site = Site::with(Setup { workers: 0, ..Setup::default() }).await;
    let user = site.guest().await;
    let (shown, _) = answer!(user.get("/api/v1/looks/00000000-0000-4000-8000-000000000000"));
    insta::assert_snapshot!(shown, @"");
    let (shown, _) = answer!(user.post("/api/v1/jobs", json!({"sentence": "navy suit", "photos": []})));
    insta::assert_snapshot!(shown, @"");
    let (shown, _) = answer!(user.upload(b"not a picture".to_vec()));
    insta::assert_snapshot!(shown, @"");
    let nobody = crate::common::User { site: &site, token: "drape_none".to_owned() };
    let (shown, _) = answer!(nobody.get("/api/v1/looks"));
    insta::assert_snapshot!(shown, @"");
}

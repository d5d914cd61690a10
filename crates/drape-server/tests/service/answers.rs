//! What `/api/v1` answers, whole: a change of any field, word or order is seen here.

use drape_testing::steady;
use serde_json::{Value, json};

use crate::common::{Setup, Site, example, json_of, string};

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
    insta::assert_snapshot!(shown, @r#"
    201
    [
      {
        "id": "[id]",
        "width": 512,
        "height": 600,
        "bytes": "[number]",
        "quality": {
          "usable": true,
          "body": "bust",
          "person_height": "[number]",
          "other_people": 0,
          "sharpness": "[number]",
          "brightness": "[number]",
          "advice": [
            "upper_body_only"
          ]
        },
        "advice": [
          "The photo shows the upper body. For trousers, skirts and shoes, use one of your whole body."
        ],
        "picture": "/api/v1/photos/[id]/picture",
        "created_at": "[time]",
        "expires_at": "[time]"
      }
    ]
    "#);
    let wish = json!({"sentence": "green tartan jacket", "photos": [photo[0]["id"]], "seed": 7});
    let (shown, _) = answer!(user.post("/api/v1/jobs", wish));
    insta::assert_snapshot!(shown, @r##"
    202
    {
      "id": "[id]",
      "state": "queued",
      "sentence": "green tartan jacket",
      "style": {
        "language": "en",
        "garments": [
          {
            "kind": "jacket",
            "slot": "outer",
            "colour": {
              "name": "green",
              "shade": null,
              "oklab": {
                "l": "[number]",
                "a": "[number]",
                "b": "[number]"
              },
              "hex": "#2f7d4a"
            },
            "pattern": "tartan",
            "pattern_colours": [],
            "material": null,
            "length": null,
            "sleeves": null,
            "fit": null,
            "details": [],
            "text": "green tartan jacket",
            "expanded": null
          }
        ],
        "scene": null,
        "moods": [],
        "seasons": [],
        "without": [],
        "keep": [],
        "style_words": [],
        "not_understood": []
      },
      "photos": [
        "[id]"
      ],
      "variations": 1,
      "seed": 7,
      "engine": "retouch",
      "subject": "person",
      "settings": {},
      "stylist": "lexicon",
      "reading": null,
      "attempt": 0,
      "stage": null,
      "step": 0,
      "total": 0,
      "preview": null,
      "position": 0,
      "time_left": null,
      "reason": null,
      "message": null,
      "looks": [],
      "created_at": "[time]",
      "started_at": null,
      "finished_at": null,
      "expires_at": "[time]"
    }
    "##);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_look() {
    let site = Site::start().await;
    let user = site.guest().await;
    let photo = user.photo("grace-hopper.jpg").await;
    let wish = json!({"sentence": "green tartan jacket, red skirt", "photos": [photo], "seed": 7});
    let job = string(&json_of(user.post("/api/v1/jobs", wish).await).await, "id");
    let looks = user.ended(&job).await["looks"].clone();
    let look = looks[0].as_str().expect("a look");
    let (shown, _) = answer!(user.get(&format!("/api/v1/looks/{look}")));
    insta::assert_snapshot!(shown, @r##"
    200
    {
      "id": "[id]",
      "job": "[id]",
      "photo": "[id]",
      "number": 1,
      "width": 512,
      "height": 600,
      "seed": 7,
      "engine": "retouch",
      "report": {
        "engine": "retouch",
        "version": "[version]",
        "seed": 7,
        "style": {
          "language": "en",
          "garments": [
            {
              "kind": "jacket",
              "slot": "outer",
              "colour": {
                "name": "green",
                "shade": null,
                "oklab": {
                  "l": "[number]",
                  "a": "[number]",
                  "b": "[number]"
                },
                "hex": "#2f7d4a"
              },
              "pattern": "tartan",
              "pattern_colours": [],
              "material": null,
              "length": null,
              "sleeves": null,
              "fit": null,
              "details": [],
              "text": "green tartan jacket",
              "expanded": null
            },
            {
              "kind": "skirt",
              "slot": "skirt",
              "colour": {
                "name": "red",
                "shade": null,
                "oklab": {
                  "l": "[number]",
                  "a": "[number]",
                  "b": "[number]"
                },
                "hex": "#b9282e"
              },
              "pattern": null,
              "pattern_colours": [],
              "material": null,
              "length": null,
              "sleeves": null,
              "fit": null,
              "details": [],
              "text": "red skirt",
              "expanded": null
            }
          ],
          "scene": null,
          "moods": [],
          "seasons": [],
          "without": [],
          "keep": [],
          "style_words": [],
          "not_understood": []
        },
        "garments": [
          {
            "asked": "green tartan jacket",
            "kind": "jacket",
            "outcome": "done",
            "reasons": [],
            "confidence": "[number]",
            "preview": false,
            "measured": {
              "name": "forest_green",
              "hex": "[colour]",
              "share": "[number]"
            }
          },
          {
            "asked": "red skirt",
            "kind": "skirt",
            "outcome": "not_possible",
            "reasons": [
              {
                "reason": "not_visible"
              }
            ],
            "preview": false
          }
        ],
        "not_understood": [],
        "milliseconds": {
          "cut": "[number]",
          "network": "[number]",
          "paint": "[number]",
          "people": "[number]",
          "plan": "[number]",
          "prepare": "[number]",
          "refine": "[number]"
        },
        "parser_confidence": "[number]",
        "other_people": 0
      },
      "ai_generated": true,
      "picture": "/api/v1/looks/[id]/picture",
      "created_at": "[time]",
      "expires_at": "[time]"
    }
    "##);
    let (shown, _) = answer!(user.get(&format!("/api/v1/jobs/{job}")));
    insta::assert_snapshot!(shown, @r##"
    200
    {
      "id": "[id]",
      "state": "done",
      "sentence": "green tartan jacket, red skirt",
      "style": {
        "language": "en",
        "garments": [
          {
            "kind": "jacket",
            "slot": "outer",
            "colour": {
              "name": "green",
              "shade": null,
              "oklab": {
                "l": "[number]",
                "a": "[number]",
                "b": "[number]"
              },
              "hex": "#2f7d4a"
            },
            "pattern": "tartan",
            "pattern_colours": [],
            "material": null,
            "length": null,
            "sleeves": null,
            "fit": null,
            "details": [],
            "text": "green tartan jacket",
            "expanded": null
          },
          {
            "kind": "skirt",
            "slot": "skirt",
            "colour": {
              "name": "red",
              "shade": null,
              "oklab": {
                "l": "[number]",
                "a": "[number]",
                "b": "[number]"
              },
              "hex": "#b9282e"
            },
            "pattern": null,
            "pattern_colours": [],
            "material": null,
            "length": null,
            "sleeves": null,
            "fit": null,
            "details": [],
            "text": "red skirt",
            "expanded": null
          }
        ],
        "scene": null,
        "moods": [],
        "seasons": [],
        "without": [],
        "keep": [],
        "style_words": [],
        "not_understood": []
      },
      "photos": [
        "[id]"
      ],
      "variations": 1,
      "seed": 7,
      "engine": "retouch",
      "subject": "person",
      "settings": {},
      "stylist": "lexicon",
      "reading": null,
      "attempt": 1,
      "stage": null,
      "step": 1,
      "total": 1,
      "preview": null,
      "position": null,
      "time_left": null,
      "reason": null,
      "message": null,
      "looks": [
        "[id]"
      ],
      "created_at": "[time]",
      "started_at": "[time]",
      "finished_at": "[time]",
      "expires_at": "[time]"
    }
    "##);
    let (shown, _) = answer!(user.delete("/api/v1/account"));
    insta::assert_snapshot!(shown, @r#"
    200
    {
      "id": "[id]",
      "what": "account",
      "deleted": {
        "photos": 1,
        "looks": 1,
        "jobs": 1,
        "files": 6,
        "bytes": "[number]",
        "tokens": 1,
        "shares": 0,
        "accounts": 1
      },
      "requested_at": "[time]",
      "completed_at": "[time]"
    }
    "#);
}

#[tokio::test(flavor = "multi_thread")]
async fn problems() {
    let site = Site::with(Setup { workers: 0, ..Setup::default() }).await;
    let user = site.guest().await;
    let (shown, _) = answer!(user.get("/api/v1/looks/00000000-0000-4000-8000-000000000000"));
    insta::assert_snapshot!(shown, @r#"
    404
    {
      "type": "/api/docs#problem-not_found",
      "title": "not_found",
      "status": 404,
      "detail": "Not found. It may have been deleted or have expired.",
      "field": null
    }
    "#);
    let (shown, _) = answer!(user.post("/api/v1/jobs", json!({"sentence": "navy suit", "photos": []})));
    insta::assert_snapshot!(shown, @r#"
    422
    {
      "type": "/api/docs#problem-invalid",
      "title": "invalid",
      "status": 422,
      "detail": "Choose one to five photos.",
      "field": "photos"
    }
    "#);
    let (shown, _) = answer!(user.upload(b"not a picture".to_vec()));
    insta::assert_snapshot!(shown, @r#"
    415
    {
      "type": "/api/docs#problem-photo_refused",
      "title": "photo_refused",
      "status": 415,
      "detail": "This is not a picture. Choose a photo saved as JPEG, PNG or WebP.",
      "field": "photo"
    }
    "#);
    let nobody = crate::common::User { site: &site, token: "drape_none".to_owned() };
    let (shown, _) = answer!(nobody.get("/api/v1/looks"));
    insta::assert_snapshot!(shown, @r#"
    401
    {
      "type": "/api/docs#problem-signed_out",
      "title": "signed_out",
      "status": 401,
      "detail": "Please sign in.",
      "field": null
    }
    "#);
}

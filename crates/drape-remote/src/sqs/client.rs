//! The client of SQS.

use std::collections::HashMap;
use std::time::Duration;

use aws_config::timeout::TimeoutConfig;
use aws_config::{BehaviorVersion, Region};
use aws_sdk_sqs::Client;
use aws_sdk_sqs::error::{DisplayErrorContext, ProvideErrorMetadata};
use aws_sdk_sqs::types::{MessageSystemAttributeName, QueueAttributeName};
use aws_smithy_http_client::tls::Provider;
use aws_smithy_http_client::tls::rustls_provider::CryptoMode;

use super::message::{QueueError, Received};
use super::prefix::Prefix;

/// Most messages that one request receives.
const MAX_RECEIVED: usize = 10;
/// How long one request may take; longer than a long poll.
const REQUEST: Duration = Duration::from_secs(30);
/// Deliveries after which a request that was not deleted goes to the dead letters.
const DELIVERIES: u32 = 4;

/// The queues of a service.
#[derive(Debug, Clone)]
pub struct Queues {
    /// Tells attached workers that there are jobs in the database.
    pub rings: Queue,
    /// Self-contained requests to detached workers.
    pub requests: Queue,
    /// Answers of detached workers.
    pub responses: Queue,
    /// Requests that no worker finished.
    pub dead: Queue,
}

/// One queue.
#[derive(Debug, Clone)]
pub struct Queue {
    client: Client,
    url: String,
}

impl QueueError {
    fn of<E: ProvideErrorMetadata + std::error::Error>(action: &'static str) -> impl FnOnce(E) -> Self {
        move |error| Self { action, why: DisplayErrorContext(&error).to_string() }
    }
}

impl Queues {
    /// Finds the queues of a prefix, and creates missing ones. Credentials and region come from the same
    /// sources as in every AWS program.
    ///
    /// # Errors
    /// [`QueueError`] if the service does not answer, or refuses.
    pub async fn open(
        prefix: &Prefix,
        endpoint: Option<&str>,
        visibility: Duration,
    ) -> Result<Self, QueueError> {
        let http = aws_smithy_http_client::Builder::new()
            .tls_provider(Provider::Rustls(CryptoMode::Ring))
            .build_https();
        let timeouts = TimeoutConfig::builder()
            .connect_timeout(Duration::from_secs(5))
            .operation_attempt_timeout(REQUEST)
            .build();
        let mut config =
            aws_config::defaults(BehaviorVersion::latest()).http_client(http).timeout_config(timeouts);
        if let Some(endpoint) = endpoint {
            config = config.endpoint_url(endpoint);
        }
        if std::env::var_os("AWS_REGION").is_none() && std::env::var_os("AWS_DEFAULT_REGION").is_none() {
            config = config.region(Region::from_static("us-east-1"));
        }
        let client = Client::new(&config.load().await);
        let name = |of: &str| prefix.queue(of);
        let day = Duration::from_secs(86_400);
        let dead = Queue::open(&client, &name("dead"), visibility, 14 * day, None).await?;
        let address = dead.arn().await?;
        Ok(Self {
            rings: Queue::open(&client, &name("rings"), visibility, Duration::from_secs(300), None).await?,
            requests: Queue::open(&client, &name("requests"), visibility, 4 * day, Some(&address)).await?,
            responses: Queue::open(&client, &name("responses"), visibility, 4 * day, None).await?,
            dead,
        })
    }
}

impl Queue {
    async fn open(
        client: &Client,
        name: &str,
        visibility: Duration,
        keep: Duration,
        dead: Option<&str>,
    ) -> Result<Self, QueueError> {
        let known = client.get_queue_url().queue_name(name).send().await;
        let url = match known {
            Ok(known) => known.queue_url,
            Err(e) if e.as_service_error().is_some_and(|e| e.is_queue_does_not_exist()) => {
                let mut attributes = HashMap::from([
                    (
                        QueueAttributeName::VisibilityTimeout,
                        visibility.as_secs().clamp(1, 43_200).to_string(),
                    ),
                    (QueueAttributeName::MessageRetentionPeriod, keep.as_secs().to_string()),
                    (QueueAttributeName::ReceiveMessageWaitTimeSeconds, "10".to_owned()),
                ]);
                if let Some(dead) = dead {
                    let policy =
                        serde_json::json!({"deadLetterTargetArn": dead, "maxReceiveCount": DELIVERIES});
                    attributes.insert(QueueAttributeName::RedrivePolicy, policy.to_string());
                }
                let made = client.create_queue().queue_name(name).set_attributes(Some(attributes));
                made.send().await.map_err(QueueError::of("CreateQueue"))?.queue_url
            }
            Err(e) => return Err(QueueError::of("GetQueueUrl")(e)),
        };
        let url = url.ok_or(QueueError { action: "GetQueueUrl", why: "no address".to_owned() })?;
        Ok(Self { client: client.clone(), url })
    }

    async fn attribute(&self, name: QueueAttributeName) -> Result<String, QueueError> {
        let asked = self.client.get_queue_attributes().queue_url(&self.url).attribute_names(name.clone());
        let found = asked.send().await.map_err(QueueError::of("GetQueueAttributes"))?;
        let value = found.attributes.and_then(|mut all| all.remove(&name));
        value.ok_or(QueueError { action: "GetQueueAttributes", why: format!("no {name}") })
    }

    async fn arn(&self) -> Result<String, QueueError> {
        self.attribute(QueueAttributeName::QueueArn).await
    }

    /// The approximate number of waiting messages.
    ///
    /// # Errors
    /// [`QueueError`].
    pub async fn waiting(&self) -> Result<u64, QueueError> {
        let number = self.attribute(QueueAttributeName::ApproximateNumberOfMessages).await?;
        Ok(number.parse().unwrap_or(0))
    }

    /// Sends a message of at most [`MAX_MESSAGE`](super::MAX_MESSAGE) bytes.
    ///
    /// # Errors
    /// [`QueueError`]; the message may have been sent nevertheless.
    pub async fn send(&self, body: &str) -> Result<(), QueueError> {
        let sent = self.client.send_message().queue_url(&self.url).message_body(body).send().await;
        sent.map_err(QueueError::of("SendMessage"))?;
        Ok(())
    }

    /// Up to `most` messages, waiting up to `wait` (20 s at most) for the first.
    ///
    /// # Errors
    /// [`QueueError`].
    pub async fn receive(
        &self,
        most: usize,
        wait: Duration,
        visibility: Option<Duration>,
    ) -> Result<Vec<Received>, QueueError> {
        let seconds = |d: Duration| i32::try_from(d.as_secs()).unwrap_or(i32::MAX);
        let asked = self
            .client
            .receive_message()
            .queue_url(&self.url)
            .max_number_of_messages(i32::try_from(most.clamp(1, MAX_RECEIVED)).unwrap_or(1))
            .wait_time_seconds(seconds(wait).min(20))
            .set_visibility_timeout(visibility.map(|v| seconds(v).clamp(1, 43_200)))
            .message_system_attribute_names(MessageSystemAttributeName::ApproximateReceiveCount);
        let found = asked.send().await.map_err(QueueError::of("ReceiveMessage"))?;
        let received = found.messages.unwrap_or_default().into_iter().filter_map(|message| {
            let count = message
                .attributes
                .as_ref()
                .and_then(|all| all.get(&MessageSystemAttributeName::ApproximateReceiveCount)?.parse().ok());
            Some(Received {
                body: message.body?,
                receipt: message.receipt_handle?,
                deliveries: count.unwrap_or(1),
            })
        });
        Ok(received.collect())
    }

    /// Deletes a message.
    ///
    /// # Errors
    /// [`QueueError`]; the message may be delivered again.
    pub async fn delete(&self, message: &Received) -> Result<(), QueueError> {
        let asked = self.client.delete_message().queue_url(&self.url).receipt_handle(&message.receipt);
        asked.send().await.map_err(QueueError::of("DeleteMessage"))?;
        Ok(())
    }

    /// Sets the visibility timeout of a received message, from now; with zero it is given back.
    ///
    /// # Errors
    /// [`QueueError`].
    pub async fn extend(&self, message: &Received, visibility: Duration) -> Result<(), QueueError> {
        let asked = self
            .client
            .change_message_visibility()
            .queue_url(&self.url)
            .receipt_handle(&message.receipt)
            .visibility_timeout(i32::try_from(visibility.as_secs().min(43_200)).unwrap_or(0));
        asked.send().await.map_err(QueueError::of("ChangeMessageVisibility"))?;
        Ok(())
    }
}

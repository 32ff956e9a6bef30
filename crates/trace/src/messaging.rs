//! What spans say of messages: OpenTelemetry's semantic conventions for messaging, and for RabbitMQ.

use opentelemetry::KeyValue;
use opentelemetry::trace::{SpanBuilder, SpanKind};

/// What is done with messages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// An attempt waits to be put into a message.
    Create,
    /// A message is sent, and confirmed by the broker.
    Publish,
    /// All that some messages hold is decided.
    Process,
    /// One attempt is among what is decided.
    Answer,
    /// An answer is pushed to its shopper.
    Push,
    /// An answer is recorded.
    Record,
}

impl Operation {
    /// The conventions' type of the operation, and the kind of its spans. Of those that send, the one whose place is
    /// carried is the producer.
    fn kind(self) -> (&'static str, SpanKind) {
        match self {
            Self::Create => ("create", SpanKind::Producer),
            Self::Publish => ("send", SpanKind::Client),
            Self::Process | Self::Answer | Self::Push | Self::Record => ("process", SpanKind::Consumer),
        }
    }

    fn name(self) -> &'static str {
        match self {
            Self::Create => "create",
            Self::Publish => "publish",
            Self::Process => "process",
            Self::Answer => "answer",
            Self::Push => "push",
            Self::Record => "record",
        }
    }

    /// Whether what it belongs to happened in another process.
    pub(crate) fn is_remote(self) -> bool {
        matches!(self, Self::Process | Self::Answer | Self::Push | Self::Record)
    }
}

/// Where messages go or come from.
pub trait Destination {
    /// For the names of spans: the same for all events.
    fn template(&self) -> &'static str;
    /// With RabbitMQ: exchange, routing key and queue, as far as there are such and they differ.
    fn name(&self) -> String;
    /// With which messages are routed there, if by any.
    fn routing_key(&self) -> Option<String>;
}

pub(crate) fn builder(operation: Operation, with: &impl Destination) -> SpanBuilder {
    let (kind, span_kind) = operation.kind();
    let mut attributes = vec![
        KeyValue::new("messaging.system", "rabbitmq"),
        KeyValue::new("messaging.operation.name", operation.name()),
        KeyValue::new("messaging.operation.type", kind),
        KeyValue::new("messaging.destination.name", with.name()),
        KeyValue::new("messaging.destination.template", with.template()),
    ];
    attributes.extend(with.routing_key().map(|key| KeyValue::new("messaging.rabbitmq.destination.routing_key", key)));
    SpanBuilder::from_name(format!("{} {}", operation.name(), with.template()))
        .with_kind(span_kind)
        .with_attributes(attributes)
}

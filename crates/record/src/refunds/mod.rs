//! Refunds: asked for by an admin, carried out by the order-worker. What leads where is in [`sale::payment`].

mod requests;
mod steps;

pub use requests::{Request, ShownRefund, ask_put_back, hurry, keep_line, of_order, request, show};
pub use steps::{
    Refund, came_back, claim_due, failed, follow, gone_back, held_up, needs_attention, put_back, refunded,
};

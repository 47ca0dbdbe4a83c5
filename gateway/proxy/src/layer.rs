//! The layers of the stack, one file each.

mod check_head;
mod inspect;
mod limit_requests;
mod select_route;

pub(crate) use check_head::CheckHead;
pub(crate) use inspect::Inspect;
pub(crate) use limit_requests::LimitRequests;
pub(crate) use select_route::SelectRoute;

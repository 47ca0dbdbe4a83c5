//! One suite over every backend: `cases/` holds what each must do, `backends.rs` how each is opened
//! for it, and the files beside them what only one backend can show.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::expect_used,
    reason = "tests"
)]

/// Tests over Redis and over Valkey, each skipped where its program is not there.
macro_rules! on_each {
    ($($test:ident),* $(,)?) => {
        on_each!(@ on_redis, crate::server::redis(), $($test),*);
        on_each!(@ on_valkey, crate::server::valkey(), $($test),*);
    };
    (@ $name:ident, $program:expr, $($test:ident),*) => {
        mod $name {
            $(
                #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
                async fn $test() {
                    if let Some(program) = $program {
                        super::$test(&program).await;
                    }
                }
            )*
        }
    };
}

mod backends;
mod cases;
mod crash;
mod layered;
mod limits;
mod recheck;
mod redis;
mod rights;
mod server;
mod support;
mod tls;

/// Every case over one backend.
macro_rules! suite {
    ($backend:ident, $open:path) => {
        mod $backend {
            suite!(@ $open,
                data_keys::kept_once, data_keys::another_head_is_a_conflict,
                insert::kept_as_given, insert::a_taken_token_is_a_collision,
                insert::one_batch_agrees_with_itself, insert::odd_names_stay_apart,
                insert::again_is_no_fault,
                races::one_token_for_one_value,
                expiry::expired_is_absent, expiry::an_end_is_always_told,
                expiry::a_hit_extends_by_choice,
                expiry::sweep_leaves_the_living,
                erase::one_token, erase::a_tenant, erase::a_value, erase::in_one_space_only,
                export::comes_back_whole, export::contradictions_are_conflicts,
            );
        }
    };
    (@ $open:path, $($group:ident::$case:ident),* $(,)?) => {
        $(
            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $case() {
                if let Some(vault) = $open().await {
                    crate::cases::$group::$case(&vault).await;
                }
            }
        )*
    };
}

suite!(sqlite, crate::backends::sqlite);
suite!(layered_files, crate::backends::layered);
suite!(layered_redis, crate::backends::layered_redis);
suite!(redis_single, crate::backends::redis);
suite!(valkey_single, crate::backends::valkey);
suite!(redis_replicated, crate::backends::replicated);
suite!(waitaof, crate::backends::waitaof);
suite!(redis_cluster, crate::backends::cluster);

//! The pages are embedded when this crate is compiled: compile it anew when they change.

fn main() {
    println!("cargo:rerun-if-changed=../web/dist");
}

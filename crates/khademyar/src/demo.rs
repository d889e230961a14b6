//! The demo festival in the database: loaded, solved, published, with people who can sign in.

mod load;

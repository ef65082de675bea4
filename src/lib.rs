//! portbloom turns a log of network packets into a film.
//!
//! Data flows one way: a file ([`input`]) becomes events ([`model`]), events become bubbles
//! ([`log`]) on a clock ([`timeline`]), bubbles become frames ([`scene`]), frames become pixels
//! ([`gpu`], or [`raster`] where there is none), pixels become a file ([`output`]). [`app`] joins them.
//! [`profile`] tells what is in a log, [`geo`] where an address is, and [`synth`] makes logs up; [`crew`] shares the work on one
//! picture out; [`words`] says things, and a [`plan`] what a film tells besides.
pub mod app;
pub mod cli;
mod counting;
pub mod crew;
pub mod direct;
pub mod geo;
pub mod gpu;
pub mod input;
pub mod log;
pub mod model;
pub mod output;
pub mod page;
pub mod plan;
pub mod profile;
pub mod raster;
pub mod scene;
pub mod settings;
pub mod synth;
pub mod timeline;
pub mod unit;
pub mod words;

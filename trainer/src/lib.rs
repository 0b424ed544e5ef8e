//! Trains a GAN from a recipe and exports its generator to ONNX.

pub mod data;
pub mod device;
pub mod doctor;
pub mod export;
pub mod features;
pub mod nets;
pub mod objective;
pub mod optim;
pub mod packaging;
pub mod recipe;
pub mod report;
pub mod repository;
pub mod scoring;
pub mod streams;
pub mod text;
pub mod threads;
pub mod training;

//! Plots, as SVG.

use plotters::prelude::*;

use super::figures::{CURVE, Figures, median_per_s};
use super::report::Report;

const SIZE: (u32, u32) = (860, 380);
const FONT: (&str, u32) = ("sans-serif", 15);
const TITLE: (&str, u32) = ("sans-serif", 19);
/// One for each run of Flashline.
const COLOURS: [RGBColor; 8] = [
    RGBColor(37, 99, 235),
    RGBColor(217, 119, 6),
    RGBColor(5, 150, 105),
    RGBColor(190, 24, 93),
    RGBColor(124, 58, 237),
    RGBColor(8, 145, 178),
    RGBColor(101, 84, 60),
    RGBColor(220, 38, 38),
];
const GREY: RGBColor = RGBColor(100, 116, 139);

/// Attempts a second of each contender.
pub(super) fn throughput(report: &Report) -> anyhow::Result<String> {
    let rush = report.rush.values().next();
    // One below the other, so that there is room for all their names.
    let bars: Vec<(&str, f64)> =
        rush.into_iter().flatten().rev().map(|(name, runs)| (*name, median_per_s(runs))).collect();
    let most = bars.iter().map(|(_, per_s)| *per_s).fold(1.0, f64::max);
    draw(|root| {
        let mut chart = ChartBuilder::on(root)
            .caption("Attempts a second in a rush", TITLE)
            .margin(12)
            .x_label_area_size(34)
            .y_label_area_size(150)
            .build_cartesian_2d(0.0..most * 1.1, (0..bars.len().saturating_sub(1)).into_segmented())?;
        let name = |at: &SegmentValue<usize>| match at {
            SegmentValue::CenterOf(index) => bars.get(*index).map_or(String::new(), |(name, _)| (*name).to_owned()),
            _ => String::new(),
        };
        let mut mesh = chart.configure_mesh();
        mesh.disable_y_mesh()
            .max_light_lines(2)
            .y_labels(bars.len())
            .y_label_formatter(&name)
            .label_style(FONT)
            .draw()?;
        chart.draw_series(bars.iter().enumerate().map(|(index, (name, per_s))| {
            let colour = if name.starts_with("flashline") { COLOURS[0] } else { GREY };
            let corners = [(0.0, SegmentValue::Exact(index)), (*per_s, SegmentValue::Exact(index + 1))];
            let mut bar = Rectangle::new(corners, colour.filled());
            bar.set_margin(5, 5, 0, 0);
            bar
        }))?;
        Ok(())
    })
}

/// How long answers took, by percentile, in each run of Flashline.
pub(super) fn percentiles(report: &Report) -> anyhow::Result<String> {
    let runs: Vec<(&str, &Figures)> = report
        .runs
        .iter()
        .filter(|(_, run)| !run.answer.curve.is_empty())
        .map(|(name, run)| (name.as_str(), run))
        .collect();
    let most = runs.iter().flat_map(|(_, run)| &run.answer.curve).fold(1.0f64, |most, ms| most.max(*ms));
    draw(|root| {
        let mut chart = ChartBuilder::on(root)
            .caption("Click to answer, in ms, by percentile", TITLE)
            .margin(12)
            .x_label_area_size(34)
            .y_label_area_size(70)
            .build_cartesian_2d(0.0..(CURVE.len() - 1) as f64, (0.5..most * 1.2).log_scale())?;
        let name = |at: &f64| CURVE.get(at.round() as usize).map_or(String::new(), |percent| format!("p{percent}"));
        chart.configure_mesh().x_labels(CURVE.len()).x_label_formatter(&name).label_style(FONT).draw()?;
        for (index, (name, run)) in runs.iter().enumerate() {
            let colour = COLOURS[index % COLOURS.len()];
            let points = run.answer.curve.iter().enumerate().map(|(at, ms)| (at as f64, ms.max(0.5)));
            chart
                .draw_series(LineSeries::new(points, colour.stroke_width(3)))?
                .label(*name)
                .legend(move |(x, y)| PathElement::new([(x, y), (x + 20, y)], colour.stroke_width(3)));
        }
        chart
            .configure_series_labels()
            .position(SeriesLabelPosition::UpperLeft)
            .background_style(WHITE.mix(0.8))
            .border_style(TRANSPARENT)
            .label_font(FONT)
            .draw()?;
        Ok(())
    })
}

/// The spike, second by second.
pub(super) fn by_second(run: &Figures) -> anyhow::Result<String> {
    let most = run.p95_by_second.iter().copied().fold(1.0, f64::max);
    draw(|root| {
        let mut chart = ChartBuilder::on(root)
            .caption("p95 of the answers, in ms, by the second of the click: 100 a second, then 10,000", TITLE)
            .margin(12)
            .x_label_area_size(34)
            .y_label_area_size(70)
            .build_cartesian_2d(0.0..run.p95_by_second.len().max(2) as f64 - 1.0, 0.0..most * 1.1)?;
        chart.configure_mesh().label_style(FONT).draw()?;
        let points = run.p95_by_second.iter().enumerate().map(|(second, ms)| (second as f64, *ms));
        chart.draw_series(LineSeries::new(points, COLOURS[0].stroke_width(3)))?;
        Ok(())
    })
}

type Canvas<'s> = DrawingArea<SVGBackend<'s>, plotters::coord::Shift>;

fn draw(on: impl FnOnce(&Canvas<'_>) -> anyhow::Result<()>) -> anyhow::Result<String> {
    let mut svg = String::new();
    {
        let root = SVGBackend::with_string(&mut svg, SIZE).into_drawing_area();
        on(&root)?;
        root.present()?;
    }
    Ok(svg)
}

//! Draws throughputs as bars: an SVG that brings its own background, so that it
//! can be read on any page.

use std::fmt::Write as _;

const WIDTH: f64 = 800.0;
const MARGIN: f64 = 24.0;
/// Where the bars begin: left of it are the groups' names.
const LEFT: f64 = 150.0;
/// Right of the longest bar is room for its figure.
const RIGHT: f64 = 90.0;
const HEAD: f64 = 92.0;
const BAR: f64 = 13.0;
const GAP: f64 = 14.0;

/// One colour for each series; all stand out on light and on dark.
const COLOURS: [&str; 5] = ["#2f81f7", "#e8833a", "#3fa66b", "#b07cd8", "#8a939e"];

/// Bars in groups.
pub struct Chart<'a> {
    /// What is shown.
    pub title: &'a str,
    /// Of the figures.
    pub unit: &'a str,
    /// What each bar of a group stands for.
    pub series: [&'a str; 5],
    /// The name of each group, and a figure for each series that has one.
    pub groups: Vec<(String, [Option<f64>; 5])>,
}

impl Chart<'_> {
    /// The chart as an SVG document.
    pub fn svg(&self) -> String {
        let mut svg = String::new();
        // A string takes whatever is written into it.
        let _ = self.write(&mut svg);
        svg
    }

    fn write(&self, svg: &mut String) -> std::fmt::Result {
        let height = HEAD
            + self
                .groups
                .iter()
                .map(|group| tall(group) + GAP)
                .sum::<f64>();
        let Self { title, unit, .. } = self;
        writeln!(
            svg,
            r#"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" role="img">
<title>{title}</title>
<style>
  rect.page {{ fill: #ffffff }}
  text {{ fill: #1f2328; font: 13px sans-serif }}
  text.title {{ font-size: 17px; font-weight: bold }}
  @media (prefers-color-scheme: dark) {{
    rect.page {{ fill: #161b22 }}
    text {{ fill: #e6edf3 }}
  }}
</style>
<rect class="page" width="{WIDTH}" height="{height}" rx="8"/>
<text class="title" x="{MARGIN}" y="34">{title}, {unit}</text>"#
        )?;
        self.write_legend(svg)?;
        let mut top = HEAD;
        for group in &self.groups {
            self.write_group(svg, top, group)?;
            top += tall(group) + GAP;
        }
        writeln!(svg, "</svg>")
    }

    fn write_legend(&self, svg: &mut String) -> std::fmt::Result {
        let step = (WIDTH - 2.0 * MARGIN) / 5.0;
        let mut left = MARGIN;
        for (name, colour) in self.series.iter().zip(COLOURS) {
            writeln!(
                svg,
                r#"<rect x="{left}" y="54" width="12" height="12" fill="{colour}"/>
<text x="{}" y="65">{name}</text>"#,
                left + 18.0
            )?;
            left += step;
        }
        Ok(())
    }

    fn write_group(&self, svg: &mut String, top: f64, group: &Group) -> std::fmt::Result {
        let (name, figures) = group;
        let middle = top + tall(group) / 2.0 + 4.0;
        writeln!(svg, r#"<text x="{MARGIN}" y="{middle}">{name}</text>"#)?;
        let scale = (WIDTH - LEFT - RIGHT) / self.highest();
        let mut top = top;
        for (figure, colour) in figures.iter().zip(COLOURS) {
            let Some(figure) = figure else { continue };
            let width = figure * scale;
            writeln!(
                svg,
                r#"<rect x="{LEFT}" y="{top}" width="{width:.1}" height="{}" fill="{colour}"/>
<text x="{:.1}" y="{}">{figure:.0}</text>"#,
                BAR - 2.0,
                LEFT + width + 6.0,
                top + BAR - 2.0,
            )?;
            top += BAR;
        }
        Ok(())
    }

    fn highest(&self) -> f64 {
        let figures = self.groups.iter().flat_map(|(_, figures)| figures);
        figures.flatten().copied().fold(1.0, f64::max)
    }
}

type Group = (String, [Option<f64>; 5]);

fn tall((_, figures): &Group) -> f64 {
    figures.iter().flatten().map(|_| BAR).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn bars_are_as_long_as_their_figures() {
        let chart = Chart {
            title: "Two",
            unit: "MB/s",
            series: ["a", "b", "c", "d", "e"],
            groups: vec![(
                "one".to_owned(),
                [Some(400.0), None, Some(100.0), None, None],
            )],
        };
        let svg = chart.svg();
        assert!(svg.contains(r#"width="560.0""#), "{svg}");
        assert!(svg.contains(r#"width="140.0""#), "{svg}");
        assert_eq!(svg.matches("<rect").count(), 1 + 5 + 2, "{svg}");
    }
}

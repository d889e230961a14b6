//! QR codes (ISO/IEC 18004), to be read from a phone's screen or from paper.

use qrcode::{EcLevel, QrCode, render::svg, types::QrError};

/// Pixels of a module: what shows it larger or smaller stays sharp.
const MODULE: u32 = 4;

/// `text` as an SVG picture, dark on light with the quiet zone that readers need around it. A seventh of it may be
/// scratched.
///
/// # Errors
/// [`QrError`] when the text is too long for any QR code: above 2,331 bytes.
pub fn svg(text: &str) -> Result<String, QrError> {
    let code = QrCode::with_error_correction_level(text, EcLevel::M)?;
    let mut picture = code.render::<svg::Color<'_>>();
    Ok(picture.module_dimensions(MODULE, MODULE).build())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_picture_has_a_quiet_zone_and_a_text_that_is_too_long_has_none() {
        let picture = svg(&"a".repeat(300)).unwrap();
        assert!(picture.contains("<svg") && picture.contains("#000"), "{picture}");
        assert!(svg(&"a".repeat(2331)).is_ok());
        assert_eq!(svg(&"a".repeat(2332)), Err(QrError::DataTooLong));
    }
}

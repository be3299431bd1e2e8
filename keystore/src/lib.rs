//! strongroom's keys: root providers, key hierarchy, sealing. Bytes in, bytes out.

//! Paging: markers that name the last row seen.

//! Which package of which system has a header or a library, for those that modules ask for most.

/// A package's names on the systems whose package managers are known here; an empty one where there is none.
#[derive(Debug, PartialEq, Eq)]
pub struct Packages {
    headers: &'static [&'static str],
    libraries: &'static [&'static str],
    pub(crate) apt: &'static str,
    pub(crate) dnf: &'static str,
    pub(crate) zypper: &'static str,
    pub(crate) pacman: &'static str,
    pub(crate) apk: &'static str,
    pub(crate) brew: &'static str,
}

/// Makes the table readable as one: headers, libraries, then Debian, Fedora, openSUSE, Arch, Alpine and Homebrew.
const fn row(
    headers: &'static [&'static str],
    libraries: &'static [&'static str],
    [apt, dnf, zypper, pacman, apk, brew]: [&'static str; 6],
) -> Packages {
    Packages { headers, libraries, apt, dnf, zypper, pacman, apk, brew }
}

/// A header that ends in `/` stands for all that begin so.
#[rustfmt::skip]
static TABLE: &[Packages] = &[
    row(&["zlib.h"], &["z"], ["zlib1g-dev", "zlib-devel", "zlib-devel", "zlib", "zlib-dev", "zlib"]),
    row(&["png.h"], &["png", "png16"], ["libpng-dev", "libpng-devel", "libpng16-devel", "libpng", "libpng-dev", "libpng"]),
    row(&["jpeglib.h", "turbojpeg.h"], &["jpeg", "turbojpeg"], ["libjpeg-dev", "libjpeg-turbo-devel", "libjpeg8-devel", "libjpeg-turbo", "libjpeg-turbo-dev", "jpeg-turbo"]),
    row(&["tiffio.h", "tiff.h"], &["tiff"], ["libtiff-dev", "libtiff-devel", "libtiff-devel", "libtiff", "tiff-dev", "libtiff"]),
    row(&["fftw3.h"], &["fftw3", "fftw3f", "fftw3l"], ["libfftw3-dev", "fftw-devel", "fftw3-devel", "fftw", "fftw-dev", "fftw"]),
    row(&["gsl/"], &["gsl", "gslcblas"], ["libgsl-dev", "gsl-devel", "gsl-devel", "gsl", "gsl-dev", "gsl"]),
    row(&["openssl/"], &["ssl", "crypto"], ["libssl-dev", "openssl-devel", "libopenssl-devel", "openssl", "openssl-dev", "openssl"]),
    row(&["ffi.h"], &["ffi"], ["libffi-dev", "libffi-devel", "libffi-devel", "libffi", "libffi-dev", "libffi"]),
    row(&["sqlite3.h"], &["sqlite3"], ["libsqlite3-dev", "sqlite-devel", "sqlite3-devel", "sqlite", "sqlite-dev", "sqlite"]),
    row(&["lapacke.h", "lapacke/"], &["lapack", "lapacke"], ["liblapacke-dev", "lapack-devel", "lapacke-devel", "lapacke", "lapack-dev", "lapack"]),
    row(&["cblas.h", "openblas/"], &["blas", "cblas", "openblas"], ["libopenblas-dev", "openblas-devel", "openblas-devel", "openblas", "openblas-dev", "openblas"]),
    row(&["omp.h"], &["omp", "gomp", "iomp5"], ["libomp-dev", "libomp-devel", "libomp-devel", "openmp", "openmp-dev", "libomp"]),
    row(&["ncurses.h", "curses.h", "ncurses/"], &["ncurses", "ncursesw", "curses"], ["libncurses-dev", "ncurses-devel", "ncurses-devel", "ncurses", "ncurses-dev", "ncurses"]),
    row(&["readline/"], &["readline"], ["libreadline-dev", "readline-devel", "readline-devel", "readline", "readline-dev", "readline"]),
    row(&["curl/"], &["curl"], ["libcurl4-openssl-dev", "libcurl-devel", "libcurl-devel", "curl", "curl-dev", "curl"]),
    row(&["yaml.h"], &["yaml"], ["libyaml-dev", "libyaml-devel", "libyaml-devel", "libyaml", "yaml-dev", "libyaml"]),
    row(&["libxml/", "libxml2/"], &["xml2"], ["libxml2-dev", "libxml2-devel", "libxml2-devel", "libxml2", "libxml2-dev", "libxml2"]),
    row(&["libxslt/"], &["xslt"], ["libxslt1-dev", "libxslt-devel", "libxslt-devel", "libxslt", "libxslt-dev", "libxslt"]),
    row(&["hdf5.h", "hdf5/"], &["hdf5", "hdf5_hl"], ["libhdf5-dev", "hdf5-devel", "hdf5-devel", "hdf5", "hdf5-dev", "hdf5"]),
    row(&["netcdf.h"], &["netcdf"], ["libnetcdf-dev", "netcdf-devel", "netcdf-devel", "netcdf", "netcdf-dev", "netcdf"]),
    row(&["boost/"], &[], ["libboost-dev", "boost-devel", "boost-devel", "boost", "boost-dev", "boost"]),
    row(&["Eigen/", "eigen3/", "unsupported/Eigen/"], &[], ["libeigen3-dev", "eigen3-devel", "eigen3-devel", "eigen", "eigen-dev", "eigen"]),
    row(&["gmp.h", "gmpxx.h"], &["gmp", "gmpxx"], ["libgmp-dev", "gmp-devel", "gmp-devel", "gmp", "gmp-dev", "gmp"]),
    row(&["mpfr.h"], &["mpfr"], ["libmpfr-dev", "mpfr-devel", "mpfr-devel", "mpfr", "mpfr-dev", "mpfr"]),
    row(&["mpc.h"], &["mpc"], ["libmpc-dev", "libmpc-devel", "mpc-devel", "libmpc", "mpc1-dev", "libmpc"]),
    row(&["bzlib.h"], &["bz2"], ["libbz2-dev", "bzip2-devel", "libbz2-devel", "bzip2", "bzip2-dev", "bzip2"]),
    row(&["lzma.h"], &["lzma"], ["liblzma-dev", "xz-devel", "xz-devel", "xz", "xz-dev", "xz"]),
    row(&["zstd.h"], &["zstd"], ["libzstd-dev", "libzstd-devel", "libzstd-devel", "zstd", "zstd-dev", "zstd"]),
    row(&["lz4.h"], &["lz4"], ["liblz4-dev", "lz4-devel", "liblz4-devel", "lz4", "lz4-dev", "lz4"]),
    row(&["uuid/"], &["uuid"], ["uuid-dev", "libuuid-devel", "libuuid-devel", "util-linux-libs", "util-linux-dev", "ossp-uuid"]),
    row(&["expat.h"], &["expat"], ["libexpat1-dev", "expat-devel", "libexpat-devel", "expat", "expat-dev", "expat"]),
    row(&["zmq.h"], &["zmq"], ["libzmq3-dev", "zeromq-devel", "zeromq-devel", "zeromq", "zeromq-dev", "zeromq"]),
    row(&["numa.h"], &["numa"], ["libnuma-dev", "numactl-devel", "libnuma-devel", "numactl", "numactl-dev", ""]),
];

/// The packages that have a header, by its name in `#include`.
#[must_use]
pub fn packages_with_header(name: &str) -> Option<&'static Packages> {
    let is_it = |known: &str| known == name || (known.ends_with('/') && name.starts_with(known));
    TABLE.iter().find(|packages| packages.headers.iter().any(|known| is_it(known)))
}

/// The packages that have a library, by its name after `-l`.
#[must_use]
pub fn packages_with_library(name: &str) -> Option<&'static Packages> {
    TABLE.iter().find(|packages| packages.libraries.contains(&name))
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn each_name_stands_for_one_package() {
        let all = || TABLE.iter().flat_map(|row| row.headers.iter().chain(row.libraries));
        assert_eq!(all().count(), all().collect::<BTreeSet<_>>().len(), "a name stands in two rows");
    }

    #[test]
    fn headers_and_libraries() {
        let apt = |packages: Option<&'static Packages>| packages.map(|packages| packages.apt);
        assert_eq!(apt(packages_with_header("openssl/ssl.h")), Some("libssl-dev"));
        assert_eq!(apt(packages_with_header("zlib.h")), Some("zlib1g-dev"));
        assert_eq!(apt(packages_with_header("mine/zlib.h")), None);
        assert_eq!(apt(packages_with_header("openssl.h")), None);
        assert_eq!(apt(packages_with_library("z")), Some("zlib1g-dev"));
        assert_eq!(apt(packages_with_library("zz")), None);
    }
}

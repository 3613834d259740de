//! Checksums.

/// Eight tables of CRC-32 (reflected 0xEDB88320), for eight bytes at a time.
static TABLES: [[u32; 256]; 8] = {
    let mut t = [[0u32; 256]; 8];
    let mut i = 0;
    while i < 256 {
        let mut c = i as u32;
        let mut k = 0;
        while k < 8 {
            c = if c & 1 == 1 {
                c >> 1 ^ 0xedb8_8320
            } else {
                c >> 1
            };
            k += 1;
        }
        t[0][i] = c;
        i += 1;
    }
    let mut i = 0;
    while i < 256 {
        let mut k = 1;
        while k < 8 {
            t[k][i] = t[k - 1][i] >> 8 ^ t[0][(t[k - 1][i] & 255) as usize];
            k += 1;
        }
        i += 1;
    }
    t
};

/// `crc32(data, crc)`
pub fn crc32(data: &[u8], crc: u32) -> u32 {
    let mut c = !crc;
    let mut chunks = data.chunks_exact(8);
    for x in &mut chunks {
        let low = c ^ u32::from_le_bytes([x[0], x[1], x[2], x[3]]);
        let byte = |n: u32| (low >> (8 * n) & 255) as usize;
        c = TABLES[7][byte(0)] ^ TABLES[6][byte(1)] ^ TABLES[5][byte(2)] ^ TABLES[4][byte(3)];
        c ^= TABLES[3][usize::from(x[4])] ^ TABLES[2][usize::from(x[5])];
        c ^= TABLES[1][usize::from(x[6])] ^ TABLES[0][usize::from(x[7])];
    }
    for &b in chunks.remainder() {
        c = c >> 8 ^ TABLES[0][((c ^ u32::from(b)) & 255) as usize];
    }
    !c
}

/// `crc_hqx(data, crc)`: CRC-CCITT, polynomial 0x1021.
pub fn crc_hqx(data: &[u8], crc: u16) -> u16 {
    let mut c = crc;
    for &b in data {
        c ^= u16::from(b) << 8;
        for _ in 0..8 {
            c = if c & 0x8000 != 0 {
                c << 1 ^ 0x1021
            } else {
                c << 1
            };
        }
    }
    c
}

/// `zlib.adler32(data, value)`
pub fn adler32(data: &[u8], value: u32) -> u32 {
    const MOD: u32 = 65521;
    let (mut a, mut b) = (value & 0xffff, value >> 16);
    // 5552 is the most bytes before a u32 can overflow.
    for chunk in data.chunks(5552) {
        for &x in chunk {
            a += u32::from(x);
            b += a;
        }
        a %= MOD;
        b %= MOD;
    }
    b << 16 | a
}

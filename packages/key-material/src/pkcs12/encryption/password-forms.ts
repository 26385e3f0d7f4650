/**
 * The byte forms that a password can have in a PKCS#12 file, most likely first. Tools disagree about empty and
 * non-ASCII passwords, so the reader tries each form. An ordinary ASCII password has one form of each kind.
 */
export interface PasswordForms {
  /** For the PKCS#12 key derivation: UTF-16BE with two zero bytes behind it (RFC 7292, appendix B.1). */
  readonly unicode: readonly Buffer[]
  /** For PBES1, PBES2 and PBMAC1: the bytes that are hashed as they are (RFC 8018: UTF-8). */
  readonly bytes: readonly Buffer[]
}

export function passwordForms(password: string | undefined): PasswordForms {
  if (password === undefined || password === '') {
    // "empty" is just the terminator, "no password" is nothing at all: users can't know which of them their tool wrote
    return { unicode: [Buffer.alloc(2), Buffer.alloc(0)], bytes: [Buffer.alloc(0)] }
  }
  const utf8 = Buffer.from(password, 'utf8')
  const unicode = [terminatedUtf16(password)]
  const bytes = [utf8]
  if (utf8.length !== password.length) {
    // OpenSSL before 1.1.0 takes each byte of the terminal's UTF-8 for a character (passphrase-encoding(7))
    unicode.push(terminatedUtf16(utf8.toString('latin1')))
    // a Latin-1 terminal: right in the Unicode form, but its own bytes in the other
    if (isLatin1(password)) bytes.push(Buffer.from(password, 'latin1'))
  }
  return { unicode, bytes }
}

function terminatedUtf16(text: string): Buffer {
  return Buffer.from(`${text}\0`, 'utf16le').swap16()
}

function isLatin1(text: string): boolean {
  for (const character of text) if (character > '\u00ff') return false
  return true
}

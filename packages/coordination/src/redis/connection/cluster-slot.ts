/** The slot of a key: CRC-16/XMODEM of what is in its first braces, or of all of it (Redis cluster specification). */
export function slotOf(key: string): number {
  const begin = key.indexOf('{') + 1
  const end = key.indexOf('}', begin)
  let crc = 0
  for (const byte of Buffer.from(begin > 0 && end > begin ? key.slice(begin, end) : key)) {
    crc ^= byte << 8
    for (let bit = 0; bit < 8; bit++) crc = ((crc << 1) ^ (crc & 0x8000 ? 0x1021 : 0)) & 0xffff
  }
  return crc % 16_384
}

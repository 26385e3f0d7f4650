/** The pictures of the console that documents show, and how: `npm run pictures` makes all of them. */
export const pictures = {
  overview: { isDarkToo: true },
  verdict: { isDarkToo: false },
  handshake: { isDarkToo: true },
  mappings: { isDarkToo: false },
  credentials: { isDarkToo: true },
  'signing-keys': { isDarkToo: false },
  explain: { isDarkToo: false },
  calls: { isDarkToo: false },
  rotate: { isDarkToo: false },
  renewal: { isDarkToo: true },
  handover: { isDarkToo: true },
  fleet: { isDarkToo: false },
  approval: { isDarkToo: false },
  audit: { isDarkToo: false },
} as const

export type PictureName = keyof typeof pictures

/** From the checkout's root. */
export const folder = 'docs/pictures/console'

export const filesOf = (name: PictureName): readonly string[] =>
  pictures[name].isDarkToo ? [`${name}.png`, `${name}-dark.png`] : [`${name}.png`]

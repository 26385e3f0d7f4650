export interface PublishedRelease {
  readonly version: string
  readonly commit: string
  /** What it has stored, in `test/fixtures`. */
  readonly data: string
}

/** All that the changelog has, the oldest first: this release reads and changes what each of them has stored. */
export const publishedReleases: readonly [PublishedRelease, ...PublishedRelease[]] = [
  { version: '0.2.0', commit: '521bd3c7', data: 'stored-format-1' },
]

/** The release before the one that this checkout becomes. */
export const earlier = publishedReleases.at(-1) ?? publishedReleases[0]

import { expect, it } from '@jest/globals'
import { releaseNotes } from '../../../../../infra/release/notes.ts'

const changelog =
  '# Changelog\n\n## Unreleased\n\n## 0.3.0 - 2027-01-01\n\nWhat it is for.\n\n### Added\n\n- a\n\n## 0.2.0 - 2026-11-27\n\n- b\n'
const name = 'ghcr.io/owner/repository/config-api'

/** As buildx pushes it: a manifest for each architecture, and one for the provenance of each. */
const registry: Readonly<Record<string, unknown>> = {
  [`${name}@sha256:00`]: {
    mediaType: 'application/vnd.oci.image.index.v1+json',
    manifests: [
      { digest: 'sha256:a1', size: 2_000, platform: { os: 'linux', architecture: 'amd64' } },
      { digest: 'sha256:a2', size: 2_000, platform: { os: 'linux', architecture: 'arm64' } },
      { digest: 'sha256:a3', size: 800, platform: { os: 'unknown', architecture: 'unknown' } },
    ],
  },
  [`${name}@sha256:a1`]: { config: { size: 10_000 }, layers: [{ size: 60_000_000 }, { size: 1_990_000 }] },
  [`${name}@sha256:a2`]: { config: { size: 10_000 }, layers: [{ size: 57_340_000 }] },
}
const read = (reference: string) => JSON.stringify(registry[reference])

it('the notes of a release are what the changelog says of it, and how large each image is', () => {
  expect(releaseNotes(changelog, '0.3.0', [`${name}@sha256:00`], read)).toBe(
    [
      'What it is for.\n\n### Added\n\n- a\n\n## Images\n\n| image | architecture | download |\n| --- | --- | --- |',
      `| \`${name}@sha256:00\` | amd64 | 62.0 MB |`,
      `| \`${name}@sha256:00\` | arm64 | 57.4 MB |`,
      '\n`docs/releases.md` says how to verify images and files.\n',
    ].join('\n'),
  )
})

it('a version that the changelog does not have is not released', () => {
  expect(() => releaseNotes(changelog, '0.4.0', [], read)).toThrow('CHANGELOG.md has no 0.4.0')
})

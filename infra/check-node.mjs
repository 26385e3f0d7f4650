/**
 * What package.json's scripts run first. With a Node that is too old they end here, with one sentence: any Node can
 * read this file.
 */

const oldest = 24

/** Undefined where `version` will do. */
export function nodeComplaint(version, platform) {
  if (Number(version.split('.')[0]) >= oldest) return undefined
  const advice = ['linux', 'win32'].includes(platform)
    ? 'Run npm ci, without --omit=optional: it installs the right one.'
    : `Install it, for example with nvm install ${oldest}.`
  return `The mTLS gateway needs Node ${oldest} or newer, and this is Node ${version}. ${advice}`
}

const complaint = nodeComplaint(process.versions.node, process.platform)
if (complaint !== undefined) {
  console.error(complaint)
  process.exit(1)
}

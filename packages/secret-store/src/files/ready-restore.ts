import {
  existsSync,
  linkSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  renameSync,
  rmdirSync,
  rmSync,
  statSync,
} from 'node:fs'
import { join } from 'node:path'
import { linkUnlessThere } from './first-start-file.ts'
import { syncDirectory } from './sync-directory.ts'

/*
 * A restore fills a directory beside the store, and then gives it the name below. From that moment on the restore is
 * made: whoever opens the store next moves into place what has not been moved. Before it, nothing is.
 */
const readyName = 'restore-ready'
const stagingPrefix = 'restoring-'
const asidePrefix = 'before-restore-'

/** The key is there before the secrets, as in a first start. */
const replaced = ['master.key', 'secrets.head', 'secrets.db'] as const
const ofDatabase = ['secrets.db-wal', 'secrets.db-shm'] as const

/**
 * Where a restore puts its files. Removes what restores have left that were killed: it may hold a key. No other restore
 * may run.
 */
export function beginStaging(directory: string): string {
  const leftovers = readdirSync(directory).filter((name) => name.startsWith(stagingPrefix))
  for (const name of leftovers) endStaging(join(directory, name), directory)
  return mkdtempSync(join(directory, stagingPrefix))
}

/** Removes it, if it is there, but nothing of the store that was to be replaced, unless that is still in place, too. */
export function endStaging(staging: string, directory: string): void {
  const asides = unlessGone(() => readdirSync(staging).filter((name) => name.startsWith(asidePrefix))) ?? []
  for (const name of asides) {
    if (!isAllInPlace(join(staging, name), directory)) renameSync(join(staging, name), join(directory, name))
  }
  rmSync(staging, { recursive: true, force: true })
}

function isAllInPlace(aside: string, directory: string): boolean {
  const fileAt = (path: string) => statSync(path, { bigint: true, throwIfNoEntry: false })?.ino
  return readdirSync(aside).every((name) => fileAt(join(aside, name)) === fileAt(join(directory, name)))
}

/**
 * Puts what is in the staging directory into place, all of it or nothing. What it replaces stays, in a directory of its
 * own. No service may use the store.
 * @returns where what was there is now
 */
export function putInPlace(staging: string, directory: string): string | undefined {
  const aside = keepAside(staging, directory)
  syncDirectory(staging)
  // A healthy database has no such files any more, and they would be taken for those of the one that takes its place.
  for (const name of ofDatabase) rmSync(join(directory, name), { force: true })
  renameSync(staging, join(directory, readyName))
  syncDirectory(directory)
  finishRestore(directory)
  return aside && join(directory, aside)
}

/**
 * Moves the files of a restore that is made into place, if there is one that was cut short. Any number of processes may
 * do so at once: what is moved already is not there any more to be moved.
 */
export function finishRestore(directory: string): void {
  const ready = join(directory, readyName)
  if (!existsSync(ready)) return
  // What is there is newer.
  if (existsSync(join(ready, 'issuer.key')))
    unlessGone(() => linkUnlessThere(join(ready, 'issuer.key'), join(directory, 'issuer.key')))
  for (const name of replaced) unlessGone(() => renameSync(join(ready, name), join(directory, name)))
  const asides = unlessGone(() => readdirSync(ready).filter((name) => name.startsWith(asidePrefix)))
  for (const name of asides ?? []) unlessGone(() => renameSync(join(ready, name), join(directory, name)))
  syncDirectory(directory)
  // By name: a next restore may have taken this one's place by now.
  rmSync(join(ready, 'issuer.key'), { force: true })
  removeIfEmpty(ready)
}

function removeIfEmpty(directory: string): void {
  try {
    rmdirSync(directory)
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException
    if (!['ENOENT', 'ENOTEMPTY', 'EEXIST'].includes(code)) throw error
  }
}

/** By hard links, so that everything is still where it was, too. */
function keepAside(staging: string, directory: string): string | undefined {
  const isReplaced = (name: string) => name !== 'master.key' || existsSync(join(staging, name))
  const names = [...replaced, ...ofDatabase].filter((name) => isReplaced(name) && existsSync(join(directory, name)))
  if (names.length === 0) return undefined
  const aside = `${asidePrefix}${new Date().toISOString().replace(/[:.]/g, '-')}`
  mkdirSync(join(staging, aside), { mode: 0o700 })
  for (const name of names) linkSync(join(directory, name), join(staging, aside, name))
  return aside
}

function unlessGone<T>(act: () => T): T | undefined {
  try {
    return act()
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
    return undefined
  }
}

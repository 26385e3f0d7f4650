/**
 * Fetches Mermaid for the test of the diagrams, once, in two major versions that platforms render with, and prints
 * where they are; `--path` only prints. Of each package it keeps the file for browsers: 3 MB that have everything in
 * them. As a dependency of the checkout, Mermaid would bring 112 more packages.
 */
import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { printServer } from '../test-server-cache.mjs'

const list = join(import.meta.dirname, 'versions.json')

for (const [version, integrity] of Object.entries(JSON.parse(readFileSync(list, 'utf8')))) {
  await printServer(`mermaid-${version}.js`, [list], (directory) => {
    console.error(`Fetching Mermaid ${version}, once.`)
    const pack = ['pack', '--silent', '--pack-destination', directory, `mermaid@${version}`]
    execFileSync('npm', pack, { stdio: ['ignore', 2, 2], shell: process.platform === 'win32' })
    const archive = join(directory, `mermaid-${version}.tgz`)
    const found = `sha512-${createHash('sha512').update(readFileSync(archive)).digest('base64')}`
    if (found !== integrity) throw new Error(`mermaid@${version} is not the one that was reviewed: ${found}`)
    execFileSync('tar', ['-xzf', archive, '-C', directory, 'package/dist/mermaid.min.js'])
    return join(directory, 'package', 'dist', 'mermaid.min.js')
  })
}

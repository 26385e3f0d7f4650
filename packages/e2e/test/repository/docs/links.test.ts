import { existsSync } from 'node:fs'
import { dirname, join, normalize } from 'node:path'
import { describe, expect, it } from '@jest/globals'
import { codeOf, currentDocuments, documents, type MarkdownDocument } from '../../support/documents.ts'
import { root } from '../../support/entries.ts'

/** Paths with a word in capitals that stands for a name, and what tools write. */
const isPattern = (path: string): boolean => /[*<{…]|\/[A-Z]+$|^packages\/fuzz\/findings\b/.test(path)

function linksOf({ prose }: MarkdownDocument): readonly string[] {
  const text = prose.replace(/`[^`\n]*`/g, '``')
  const targets = [/\]\(<?([^)\s>]+)>?(?: "[^"]*")?\)/g, /^\[[^\]]+\]: (\S+)/gm, /\b(?:href|src)="([^"]+)"/g]
  return targets.flatMap((target) => [...text.matchAll(target)].map(([, link = '']) => link))
}

/** The anchors that GitHub gives the headings of a document: a second one of the same name ends with -1. */
function anchorsOf({ prose }: MarkdownDocument): ReadonlySet<string> {
  const anchors = new Set<string>()
  for (const [, heading = ''] of prose.matchAll(/^#{1,6} (.+)$/gm)) {
    const words = heading.replace(/\[([^\]]*)\]\([^)]*\)/g, '$1').toLowerCase()
    const anchor = words.replace(/[^\p{L}\p{M}\p{N}\p{Pc} -]/gu, '').replaceAll(' ', '-')
    const taken = [...anchors].filter((each) => each.replace(/-\d+$/, '') === anchor).length
    anchors.add(taken === 0 ? anchor : `${anchor}-${taken}`)
  }
  return anchors
}

/** Why a link leads nowhere; undefined if it leads somewhere, or out of the checkout. */
function fault(from: string, link: string): string | undefined {
  if (/^(https?|mailto):/.test(link)) return undefined
  const [file = '', anchor] = link.split('#')
  const path = file === '' ? from : normalize(join(dirname(from), decodeURIComponent(file)))
  // From a template GitHub resolves links against its own pages.
  if (path.startsWith('..') || file.startsWith('/')) return `${link}: outside of the repository`
  if (!existsSync(join(root, path))) return `${link}: no such file`
  if (anchor === undefined) return undefined
  const target = documents.find((document) => document.path === path)
  return target !== undefined && anchorsOf(target).has(anchor) ? undefined : `${link}: no such heading`
}

function quotedPaths(document: MarkdownDocument): readonly string[] {
  return codeOf(document).flatMap((code) => /^(?:apps|packages|docs|infra)\/\S*$/.exec(code)?.[0] ?? [])
}

describe('the documents', () => {
  it('have links and paths', () => {
    expect(documents.length).toBeGreaterThan(40)
    expect(documents.flatMap(linksOf).length).toBeGreaterThan(100)
    expect(currentDocuments.flatMap(quotedPaths).length).toBeGreaterThan(100)
  })

  it.each(documents)('link to files and headings that there are: $path', (document) => {
    expect(linksOf(document).flatMap((link) => fault(document.path, link) ?? [])).toEqual([])
  })

  it.each(currentDocuments)('quote paths that there are: $path', (document) => {
    const paths = quotedPaths(document).filter((path) => !isPattern(path))
    expect(paths.filter((path) => !existsSync(join(root, path)))).toEqual([])
  })
})

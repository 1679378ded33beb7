/** The words of the furniture in one language. All of it is ours and none of it is part of an article. */
export interface LanguagePack {
  readonly htmlLang: string
  readonly locale: string
  readonly home: string
  readonly search: string
  readonly skip: string
  readonly signIn: string
  readonly menu: readonly string[]
  readonly footerLinks: readonly string[]
  readonly taglines: readonly string[]
  readonly copyright: readonly string[]
  readonly cookieNotices: readonly string[]
  readonly accept: readonly string[]
  readonly decline: readonly string[]
  readonly newsletters: readonly (readonly [heading: string, text: string, button: string])[]
  readonly ads: readonly (readonly [heading: string, text: string])[]
  readonly adLabels: readonly string[]
  readonly relatedHeadings: readonly string[]
  readonly popularHeadings: readonly string[]
  readonly shareHeadings: readonly string[]
  readonly shareTargets: readonly string[]
  readonly commentHeadings: readonly string[]
  readonly commentPrompts: readonly string[]
  readonly reply: readonly string[]
  readonly readMore: readonly string[]
  readonly previous: readonly string[]
  readonly next: readonly string[]
  readonly tagsHeading: readonly string[]
  readonly bios: readonly string[]
  readonly disclaimers: readonly string[]
  readonly minutes: (count: number) => string
  readonly byline: readonly ((author: string) => string)[]
  readonly dates: readonly ((date: string) => string)[]
  readonly topics: Readonly<Record<string, { readonly name: string; readonly tags: readonly string[] }>>
  readonly commenters: readonly string[]
  readonly comments: readonly string[]
}

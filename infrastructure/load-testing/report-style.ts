/** The look of a report; colours repeat what a word or a sign says already. */
export const style = `
:root { color-scheme: light dark; font: 16px/1.5 system-ui, sans-serif; --ink: light-dark(#1c2024, #edeef0);
  --soft: light-dark(#60646c, #b0b4ba); --rule: light-dark(#d9d9e0, #43484e); --good: light-dark(#18794e, #3dd68c);
  --bad: light-dark(#c62a2f, #ff9592); --warn: light-dark(#ab4f00, #ffca16); --a: light-dark(#3e63dd, #9eb1ff);
  --b: light-dark(#d6409f, #ff8dcc); --c: light-dark(#12a594, #0bd8b6);
  --d: light-dark(#ab6400, #ffca16); --e: light-dark(#6e56cf, #baa7ff); --f: light-dark(#60646c, #b0b4ba) }
.trust small { color: var(--soft) }
body { max-width: 58rem; margin: 2rem auto; padding: 0 1rem; color: var(--ink) }
header { border-left: .4rem solid var(--soft); padding-left: 1rem }
header.passed { border-color: var(--good) } header.failed { border-color: var(--bad) } header.invalid { border-color: var(--warn) }
h1 { font-size: 1.7rem; margin: 0 } header p { margin: .2rem 0; color: var(--soft) }
.passed h1 span { color: var(--good) } .failed h1 span { color: var(--bad) } .invalid h1 span { color: var(--warn) }
h2 { font-size: 1.15rem; margin: 2rem 0 .6rem } h3 { display: inline; font-size: 1rem }
.notice { color: var(--warn); font-weight: 600 } .reasons li { color: var(--bad) } .good { color: var(--good) } .bad { color: var(--bad) }
.findings { display: grid; grid-template-columns: repeat(auto-fit, minmax(16rem, 1fr)); gap: 1rem }
.findings section { border: 1px solid var(--rule); border-radius: .5rem; padding: .8rem 1rem } .findings p { margin: .3rem 0 }
.seen { font-size: 1.1rem; font-weight: 600 } .bound, .note, footer { color: var(--soft) }
.wide { overflow-x: auto } table { border-collapse: collapse; width: 100%; font-variant-numeric: tabular-nums }
th, td { text-align: right; padding: .35rem .6rem; border-bottom: 1px solid var(--rule); white-space: nowrap }
th:first-child, td:first-child, .bar { text-align: left } .bar { min-width: 8rem; width: 30% }
.bar i { display: block; height: .6rem; min-width: 2px; background: var(--a); border-radius: 2px } .bar i.over { background: var(--bad) }
figure { margin: 0 0 1rem; overflow-x: auto } figcaption small { color: var(--soft) } svg { width: 100%; min-width: 36rem; height: auto; display: block }
.grid { stroke: var(--rule) } .tick { font-size: 11px; fill: var(--soft) } .bound { stroke: var(--bad); stroke-dasharray: 5 4 }
.boundText { fill: var(--bad); stroke: Canvas; stroke-width: 3px; paint-order: stroke } svg path { fill: none; stroke-width: 1.6; stroke-linejoin: round }
svg .line0 { stroke: var(--a) } svg .line1 { stroke: var(--b) } svg .line2 { stroke: var(--c) }
svg .line3 { stroke: var(--d) } svg .line4 { stroke: var(--e) } svg .line5 { stroke: var(--f) }
.legend { margin-left: 1rem; font-size: .85rem; color: var(--soft) } .legend span { margin-right: .8rem }
.legend i { display: inline-block; width: .9rem; height: .2rem; margin-right: .3rem; vertical-align: middle }
.legend .line0 { background: var(--a) } .legend .line1 { background: var(--b) } .legend .line2 { background: var(--c) }
.legend .line3 { background: var(--d) } .legend .line4 { background: var(--e) } .legend .line5 { background: var(--f) }
.trust { list-style: none; padding: 0 } footer { margin-top: 2rem; border-top: 1px solid var(--rule); padding-top: .8rem }
`

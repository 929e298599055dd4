/**
 * What a person would see broken on a page of a report, in words; nothing where it is as it should be. It runs in the browser, which
 * is given the text of this file.
 */
;(() => {
  const found = new Set()
  const short = (text) => `"${text.trim().replaceAll(/\s+/g, ' ').slice(0, 40)}"`

  const { scrollWidth } = document.documentElement
  if (scrollWidth > innerWidth) found.add(`the page is ${scrollWidth} px wide in a window of ${innerWidth} px`)

  const painted = document.createElement('canvas').getContext('2d', { willReadFrequently: true })
  /** Red, green, blue and what is seen of it, 0 to 255, however the browser writes a colour. */
  const parts = (color) => {
    painted.clearRect(0, 0, 1, 1)
    painted.fillStyle = color
    painted.fillRect(0, 0, 1, 1)
    return [...painted.getImageData(0, 0, 1, 1).data]
  }
  const paper = document.createElement('div')
  paper.style.background = 'Canvas'
  document.body.append(paper)
  const behind = (element) => {
    for (let one = element; one; one = one.parentElement) {
      const { backgroundColor } = getComputedStyle(one)
      if (parts(backgroundColor)[3] === 255) return backgroundColor
    }
    return getComputedStyle(paper).backgroundColor
  }
  /** As WCAG computes it. */
  const luminance = (color) => {
    const [red, green, blue] = parts(color).map((part) => {
      const share = part / 255
      return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4
    })
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
  }
  const contrast = (one, other) => {
    const [dark, bright] = [luminance(one), luminance(other)].toSorted((a, b) => a - b)
    return (bright + 0.05) / (dark + 0.05)
  }
  const legible = (what, color, element, least) => {
    const seen = contrast(color, behind(element))
    if (seen < least) found.add(`${what} has a contrast of ${seen.toFixed(1)}, ${least} at least`)
  }

  const texts = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT)
  while (texts.nextNode()) {
    const { parentElement: element, data } = texts.currentNode
    if (data.trim() === '' || !element.checkVisibility()) continue
    const { color, fill } = getComputedStyle(element)
    legible(short(data), element instanceof SVGElement ? fill : color, element, 4.5)
  }
  for (const element of document.querySelectorAll('body *')) {
    const isCut = ['hidden', 'clip'].includes(getComputedStyle(element).overflowX)
    if (isCut && element instanceof HTMLElement && element.scrollWidth > element.clientWidth)
      found.add(`${short(element.textContent)} is cut off`)
  }

  for (const figure of document.querySelectorAll('figure')) {
    const title = figure.querySelector('figcaption b').textContent
    const svg = figure.querySelector('svg')
    const edge = svg.getBoundingClientRect()
    const labels = [...svg.querySelectorAll('text')].map((text) => ({ text, box: text.getBoundingClientRect() }))
    for (const [index, { text, box }] of labels.entries()) {
      const reaches = Math.max(
        edge.left - box.left,
        box.right - edge.right,
        edge.top - box.top,
        box.bottom - edge.bottom,
      )
      if (reaches > 0.5) found.add(`${title}: ${short(text.textContent)} is cut off at the edge of the chart`)
      for (const other of labels.slice(index + 1)) {
        const across = Math.min(box.right, other.box.right) - Math.max(box.left, other.box.left)
        const down = Math.min(box.bottom, other.box.bottom) - Math.max(box.top, other.box.top)
        // A line of words has more height than its letters.
        if (Math.min(across, down) > 3)
          found.add(`${title}: ${short(text.textContent)} lies over ${short(other.text.textContent)}`)
      }
    }
    const lines = [...svg.querySelectorAll('path')].filter((path) => path.getTotalLength() > 0)
    const widest = Math.max(0, ...lines.map((path) => path.getBBox().width))
    if (widest < svg.viewBox.baseVal.width / 2) found.add(`${title}: nothing is drawn over half of the time`)
    for (const line of lines) {
      const { x, y, width, height } = line.getBBox()
      const all = svg.viewBox.baseVal
      if (x < 0 || y < 0 || x + width > all.width || y + height > all.height)
        found.add(`${title}: a line leaves the chart`)
      legible(`${title}: a line`, getComputedStyle(line).stroke, svg, 3)
    }
  }
  paper.remove()
  return [...found]
})()

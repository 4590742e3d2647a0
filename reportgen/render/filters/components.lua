-- The components of our pages, given as divs and spans with classes `rg-…`. In HTML the style
-- sheet draws them and only details need markup; for Typst each becomes a block here. Quarto runs
-- this file as it is, so it stands alone.

local states = { ['rg-ok'] = 'ok', ['rg-watch'] = 'watch', ['rg-alert'] = 'alert', ['rg-unknown'] = 'unknown' }
local colours = {}

local function format_of(meta)
  local to = meta.rg and meta.rg.to and pandoc.utils.stringify(meta.rg.to) or FORMAT
  if to:match('html') or to:match('revealjs') then return 'html' end
  if to == 'pdf' or to:match('typst') then return 'typst' end
  if to:match('docx') then return 'docx' end
  return 'text'
end

local function read_colours(meta)
  for token, colour in pairs(meta.rg and meta.rg.palette or {}) do
    colours[token] = pandoc.utils.stringify(colour)
  end
end

-- Without our engine there is no palette; then everything is grey, and words carry the meaning.
local function colour(token)
  return colours[token] and ('rgb("' .. colours[token] .. '")') or
    (token:match('soft$') and 'luma(240)' or 'luma(90)')
end

local function state_of(element)
  for class, state in pairs(states) do
    if element.classes:includes(class) then return state end
  end
end

local function escaped(text)
  return (text:gsub('&', '&amp;'):gsub('<', '&lt;'):gsub('>', '&gt;'):gsub('"', '&quot;'))
end

local function wrapped(before, content, after)
  local parts = pandoc.Blocks { pandoc.RawBlock('typst', before) }
  parts:extend(content)
  parts:insert(pandoc.RawBlock('typst', after))
  return parts
end

local function label(element)
  if element.identifier == '' then return '' end
  return ' #label("' .. element.identifier:gsub('["\\]', '') .. '")'
end

local function title_of(div)
  return div.attributes.title or div.attributes['data-title'] or 'Details'
end

local function html_details(div)
  local classes = escaped(table.concat(div.classes, ' '))
  local id = div.identifier ~= '' and (' id="' .. escaped(div.identifier) .. '"') or ''
  local open = div.attributes.open and ' open' or ''
  local parts = pandoc.Blocks { pandoc.RawBlock('html',
    ('<details class="%s"%s%s><summary>%s</summary>'):format(classes, id, open, escaped(title_of(div)))) }
  parts:extend(div.content)
  parts:insert(pandoc.RawBlock('html', '</details>'))
  return parts
end

local function verdict(div)
  local state = state_of(div) or 'unknown'
  return wrapped(('#block(width: 100%%, fill: %s, stroke: (left: 3pt + %s), inset: (x: 12pt, y: 10pt), '
    .. 'above: 12pt, below: 12pt, radius: (right: 3pt), breakable: false)[#set text(size: 1.12em)\n')
    :format(colour(state .. '-soft'), colour(state)), div.content, ']' .. label(div))
end

-- Class of a div -> what is said in Typst before its content, inside a block.
local function block_style(div)
  local muted = colour('muted')
  local styles = {
    ['rg-strip'] = '(above: 8pt, below: 12pt)[#set text(size: 0.86em, fill: ' .. muted .. '); #set par(leading: 0.5em)',
    ['rg-subject'] = '(above: 6pt, below: 12pt)[#set text(size: 1.12em, fill: ' .. muted .. ')',
    ['rg-below'] = '(above: 8pt, below: 14pt)[#set text(size: 0.88em, fill: ' .. muted .. ')',
    ['rg-nothing'] = '(inset: (left: 8pt), stroke: (left: 1.2pt + ' .. colour('line')
      .. '))[#set text(size: 0.92em, fill: ' .. muted .. ')',
    ['rg-changes'] = '()[#set list(marker: none, indent: 0pt, body-indent: 0pt, spacing: 0.75em)',
    ['rg-notes'] = '()[#set text(size: 0.86em)',
    ['rg-source'] = '(above: 3.5pt, below: 3.5pt)[#set par(hanging-indent: 2em, leading: 0.5em)',
    ['rg-facts'] = '()[#show table.cell: set text(weight: 400); #set table(stroke: (x, y) => (bottom: 0.4pt + '
      .. colour('line') .. '))',
  }
  for _, class in ipairs(div.classes) do
    if styles[class] then
      return wrapped('#block' .. styles[class] .. '\n', div.content, ']' .. label(div))
    end
  end
end

local function tile(div)
  local state = state_of(div)
  local line = '0.6pt + ' .. colour('line')
  local edge = state and ('(top: 2pt + %s, rest: %s)'):format(colour(state), line) or line
  return wrapped(('grid.cell(inset: 9pt, stroke: %s)['):format(edge), div.content, '],')
end

local function tiles(div)
  local found = {}
  for _, block in ipairs(div.content) do
    if block.t == 'Div' and block.classes:includes('rg-tile') then table.insert(found, block) end
  end
  if #found == 0 then return nil end
  local columns = (#found == 2 or #found == 4) and 2 or math.min(#found, 3)
  local parts = pandoc.Blocks { pandoc.RawBlock('typst', '#block(above: 12pt, below: 14pt)'
    .. '[#set text(size: 0.92em); #set par(leading: 0.5em, spacing: 0.6em); #set block(spacing: 8pt)\n') }
  -- A grid for each row: one that goes on on the next page would draw the edges of its first row there.
  for position, one in ipairs(found) do
    if (position - 1) % columns == 0 then
      parts:insert(pandoc.RawBlock('typst',
        ('#block(breakable: false, width: 100%%)[#grid(columns: (1fr,) * %d, gutter: 8pt,'):format(columns)))
    end
    parts:extend(tile(one))
    if position % columns == 0 or position == #found then parts:insert(pandoc.RawBlock('typst', ')]\n')) end
  end
  parts:insert(pandoc.RawBlock('typst', ']' .. label(div)))
  return parts
end

-- In Word the tiles are the cells of a table, three in a row.
local function docx_tiles(div)
  local rows, row = {}, {}
  for _, block in ipairs(div.content) do
    if block.t == 'Div' and block.classes:includes('rg-tile') then
      table.insert(row, block.content)
      if #row == 3 then table.insert(rows, row); row = {} end
    end
  end
  if #row > 0 then
    while #row < 3 do table.insert(row, {}) end
    table.insert(rows, row)
  end
  if #rows == 0 then return nil end
  local aligns = { pandoc.AlignLeft, pandoc.AlignLeft, pandoc.AlignLeft }
  local simple = pandoc.SimpleTable({}, aligns, { 1 / 3, 1 / 3, 1 / 3 }, { {}, {}, {} }, rows)
  local tbl = pandoc.utils.from_simple_table(simple)
  tbl.head = pandoc.TableHead()
  return tbl
end

local function typst_details(div)
  if div.classes:includes('rg-screen-only') then return {} end
  local parts = pandoc.Blocks { pandoc.Plain {
    pandoc.RawInline('typst', '#block(above: 12pt, below: 6pt, sticky: true)[#text(weight: 600)['),
    pandoc.Str(title_of(div)), pandoc.RawInline('typst', ']]') } }
  parts:extend(div.content)
  return parts
end

local function plain_details(div)
  if div.classes:includes('rg-screen-only') then return {} end
  local parts = pandoc.Blocks { pandoc.Para { pandoc.Strong { pandoc.Str(title_of(div)) } } }
  parts:extend(div.content)
  return parts
end

-- Facts are pairs; the head of their table is for those who hear it, not for paper.
local function headless(div)
  return div:walk {
    Table = function(tbl)
      tbl.head = pandoc.TableHead()
      return tbl
    end,
  }
end

local function component(format)
  return function(div)
    local is = function(class) return div.classes:includes(class) end
    if is('rg-details') then
      if format == 'html' then return html_details(div) end
      return format == 'typst' and typst_details(div) or plain_details(div)
    end
    if is('rg-screen-only') and format ~= 'html' then return {} end
    if is('rg-facts') and (format == 'typst' or format == 'docx') then div = headless(div) end
    if format == 'docx' and is('rg-facts') then return div end
    if format == 'docx' and is('rg-tiles') then return docx_tiles(div) end
    if format ~= 'typst' then return nil end
    if is('rg-tiles') then return tiles(div) end
    if is('rg-verdict') then return verdict(div) end
    return block_style(div)
  end
end

-- Class of a span -> what stands around its content in Typst.
local function text_style(span)
  local muted = colour('muted')
  local small = '#text(size: 0.88em, fill: ' .. muted .. ')['
  local styles = {
    { 'rg-state', '#text(weight: 600, fill: ' .. colour(state_of(span) or 'unknown') .. ')[' },
    { 'rg-number', '#text(size: 1.7em, weight: 600)[' },
    { 'rg-interval', '#linebreak()#box(text(size: 0.86em, fill: ' .. muted .. ')[', '])' },
    { 'rg-small', small }, { 'rg-from', small }, { 'rg-signed', small }, { 'rg-below', small },
    { 'rg-source-number', '#box(width: 2em)[' },
    { 'rg-hash', '#text(font: "DejaVu Sans Mono", size: 0.8em)[' },
    { 'rg-muted', '#text(fill: ' .. muted .. ')[' },
  }
  for _, style in ipairs(styles) do
    if span.classes:includes(style[1]) then return style[2], style[3] or ']' end
  end
end

-- Where nothing can be drawn, words and signs have to do.
local function plain_words(span, format)
  if span.classes:includes('rg-state') or span.classes:includes('rg-number') then
    return pandoc.Strong(span.content)
  end
  if span.classes:includes('rg-interval') then
    local first = format == 'docx' and pandoc.LineBreak() or pandoc.Str('(')
    local parts = pandoc.Inlines { first }
    parts:extend(span.content)
    if format ~= 'docx' then parts:insert(pandoc.Str(')')) end
    return parts
  end
end

local function words(format)
  return function(span)
    if span.classes:includes('rg-screen-only') and format ~= 'html' then return {} end
    if format == 'text' or format == 'docx' then return plain_words(span, format) end
    if format ~= 'typst' then return nil end
    local before, after = text_style(span)
    if not before then return nil end
    local parts = pandoc.Inlines { pandoc.RawInline('typst', before) }
    parts:extend(span.content)
    parts:insert(pandoc.RawInline('typst', after))
    return parts
  end
end

function Pandoc(doc)
  local format = format_of(doc.meta)
  read_colours(doc.meta)
  return doc:walk { Span = words(format), Div = component(format) }
end

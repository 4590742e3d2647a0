-- The components of our pages, given as divs and spans with classes `rg-…`. In HTML the style
-- sheet draws them and only details need markup; for Typst each becomes a block here. Quarto runs
-- this file as it is, so it stands alone.

local states = { ['rg-ok'] = 'ok', ['rg-watch'] = 'watch', ['rg-alert'] = 'alert', ['rg-unknown'] = 'unknown' }
local colours = {}

local function format_of(meta)
  local to = meta.rg and meta.rg.to and pandoc.utils.stringify(meta.rg.to) or FORMAT
  if to:match('html') or to:match('revealjs') then return 'html' end
  if to == 'pdf' or to:match('typst') then return 'typst' end
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

local function strip(div)
  return wrapped(('#block(above: 8pt, below: 12pt)[#set text(size: 0.86em, fill: %s); #set par(leading: 0.5em)\n')
    :format(colour('muted')), div.content, ']' .. label(div))
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
  local parts = pandoc.Blocks { pandoc.RawBlock('typst',
    ('#block(above: 12pt, below: 14pt)[#set text(size: 0.92em); #set par(leading: 0.5em, spacing: 0.6em)\n'
      .. '#grid(columns: (1fr,) * %d, gutter: 8pt,'):format(columns)) }
  for _, one in ipairs(found) do parts:extend(tile(one)) end
  parts:insert(pandoc.RawBlock('typst', ')]' .. label(div)))
  return parts
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

local function component(format)
  return function(div)
    local is = function(class) return div.classes:includes(class) end
    if is('rg-details') then
      if format == 'html' then return html_details(div) end
      return format == 'typst' and typst_details(div) or plain_details(div)
    end
    if is('rg-screen-only') and format ~= 'html' then return {} end
    if format ~= 'typst' then return nil end
    if is('rg-tiles') then return tiles(div) end
    if is('rg-verdict') then return verdict(div) end
    if is('rg-strip') then return strip(div) end
  end
end

local function words(format)
  return function(span)
    if span.classes:includes('rg-screen-only') and format ~= 'html' then return {} end
    if format ~= 'typst' then return nil end
    local before
    if span.classes:includes('rg-state') then
      before = ('#text(weight: 600, fill: %s)['):format(colour(state_of(span) or 'unknown'))
    elseif span.classes:includes('rg-muted') then
      before = ('#text(fill: %s)['):format(colour('muted'))
    elseif span.classes:includes('rg-number') then
      before = '#text(size: 1.7em, weight: 600)['
    end
    if not before then return nil end
    local parts = pandoc.Inlines { pandoc.RawInline('typst', before) }
    parts:extend(span.content)
    parts:insert(pandoc.RawInline('typst', ']'))
    return parts
  end
end

function Pandoc(doc)
  local format = format_of(doc.meta)
  read_colours(doc.meta)
  doc = doc:walk { Span = words(format) }
  return doc:walk { Div = component(format) }
end

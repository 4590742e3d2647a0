-- The last touch for each format: tables that scroll and say what their cells head, code that
-- folds, pictures with a description, and margins.

package.path = pandoc.path.directory(PANDOC_SCRIPT_FILE) .. '/?.lua;' .. package.path
local target = require 'target'

local stringify = pandoc.utils.stringify
local regions = {}

-- Two regions of one name would not be told apart by a screen reader.
local function region_name(caption)
  local name = stringify(caption)
  if name == '' then name = target.word('table') end
  regions[name] = (regions[name] or 0) + 1
  return regions[name] == 1 and name or (name .. ' (' .. regions[name] .. ')')
end

local function mark(cells, scope)
  for _, cell in ipairs(cells) do
    if cell.attributes.scope == nil then cell.attributes.scope = scope end
  end
end

-- Where the heads of columns say so already, `rowheads` has seen to those of rows too.
local function scopes(tbl)
  local head = tbl.head.rows[1]
  local first = head and head.cells[1]
  if first and first.attributes.scope then return tbl end
  for _, row in ipairs(tbl.head.rows) do
    local cells = row.cells
    mark(cells, 'col')
    row.cells = cells
  end
  for _, body in ipairs(tbl.bodies) do
    for _, row in ipairs(body.body) do
      local cells = row.cells
      for position = 1, math.min(body.row_head_columns, #cells) do mark({ cells[position] }, 'row') end
      row.cells = cells
    end
  end
  return tbl
end

-- A grid table's widths are shares of a text line that we do not have; only their ratios count.
local function widths(tbl, given)
  local total, specs = 0, tbl.colspecs
  for position, spec in ipairs(specs) do
    if given and given[position] then spec[2] = given[position] end
    total = total + (type(spec[2]) == 'number' and spec[2] or 0)
  end
  if total > 0 then
    for _, spec in ipairs(specs) do
      if type(spec[2]) == 'number' then spec[2] = spec[2] / total end
    end
    tbl.colspecs = specs
  end
  return tbl
end

local function given_widths(attributes)
  local text = attributes['tbl-colwidths']
  if not text then return nil end
  local list = {}
  for number in text:gmatch('[%d.]+') do table.insert(list, tonumber(number)) end
  attributes['tbl-colwidths'] = nil
  return #list > 0 and list or nil
end

local function html_table(tbl)
  tbl = scopes(widths(tbl, given_widths(tbl.attributes)))
  local name = region_name(pandoc.utils.blocks_to_inlines(tbl.caption.long))
  return pandoc.Div({ tbl }, pandoc.Attr('', { 'table-scroll' },
    { { 'role', 'region' }, { 'aria-label', name }, { 'tabindex', '0' } }))
end

local function typst_table(tbl)
  tbl = widths(tbl, given_widths(tbl.attributes))
  local caption = pandoc.utils.blocks_to_inlines(tbl.caption.long)
  local label = target.typst_label(tbl.identifier)
  local columns = #tbl.colspecs
  tbl.caption = { long = {} }
  tbl.identifier = ''
  tbl.classes = { 'typst:no-figure' }
  local small = columns > 12 and '6.5pt' or columns > 9 and '7.5pt' or columns > 6 and '8.2pt' or '9pt'
  local said = #caption > 0 and (', caption: [' .. target.written(caption, 'typst') .. ']') or ''
  local rows = 0
  for _, body in ipairs(tbl.bodies) do rows = rows + #body.body end
  return pandoc.RawBlock('typst', ('#block(breakable: %s, width: 100%%, above: 1.3em, below: 1.2em)[#rg-table(size: %s%s)[%s]%s]\n'):format(
    tostring(rows > 14), small, said, target.written({ tbl }, 'typst'), label))
end

-- Long words, such as hashes, may break; nothing would leave the page for them.
local function breakable(text)
  if #text < 26 or text:find('[\128-\255]') then return text end
  return (text:gsub(('[%w_./:=-]'):rep(10), '%0\u{200b}'))
end

local function dimension(value, natural)
  if not value then return natural end
  local number, unit = value:match('^([%d.]+)(%a*%%?)$')
  if not number then return natural end
  if unit == 'px' or unit == '' then return string.format('%gpt', tonumber(number) * 0.75) end
  if unit == '%' or unit == 'in' or unit == 'cm' or unit == 'mm' or unit == 'pt' or unit == 'em' then
    return number .. unit
  end
  return natural
end

local function typst_image(image)
  local alt = stringify(image.caption)
  if alt == '' then alt = target.word('picture') end
  local width = dimension(image.attributes.width, 'auto')
  return pandoc.RawInline('typst', ('#box(image(%s, alt: %s, width: %s))'):format(
    target.typst_string(image.src), target.typst_string(alt), width))
end

local function typst_math(math)
  local written = target.written({ math }, 'typst')
  local block = math.mathtype == 'DisplayMath'
  return pandoc.RawInline('typst', ('#math.equation(block: %s, alt: %s, %s)'):format(
    tostring(block), target.typst_string(math.text:gsub('^%s+', ''):gsub('%s+$', '')), written))
end

local function typst_equation(span)
  if not span.classes:includes('rg-equation') then return nil end
  local math = span.content[1]
  local raw = math.t == 'RawInline' and math.text or ''
  local numbered = raw:gsub('^#math.equation%(', '#math.equation(numbering: "(1)", ', 1)
  return pandoc.RawInline('typst', numbered .. target.typst_label(span.identifier))
end

local function typst_figure(figure)
  local caption = pandoc.utils.blocks_to_inlines(figure.caption.long)
  local said = #caption > 0 and ('caption: [' .. target.written(caption, 'typst') .. '], ') or ''
  local kind = figure.classes:includes('rg-listing-figure') and 'raw'
    or figure.classes:includes('rg-table-figure') and 'table' or 'image'
  local parts = pandoc.Blocks { pandoc.RawBlock('typst', ('#rg-figure(%skind: %s)['):format(said, kind)) }
  parts:extend(figure.content)
  parts:insert(pandoc.RawBlock('typst', ']' .. target.typst_label(figure.identifier) .. '\n'))
  return parts
end

local function typst_layout(div)
  if not div.classes:includes('rg-layout') then return nil end
  local shares = {}
  for share in (div.attributes.shares or ''):gmatch('%S+') do table.insert(shares, share .. 'fr') end
  local parts = pandoc.Blocks { pandoc.RawBlock('typst',
    ('#grid(columns: (%s,), gutter: 12pt,'):format(table.concat(shares, ', '))) }
  for _, cell in ipairs(div.content) do
    parts:insert(pandoc.RawBlock('typst', '['))
    parts:extend(cell.content)
    parts:insert(pandoc.RawBlock('typst', '],'))
  end
  parts:insert(pandoc.RawBlock('typst', ')'))
  return parts
end

local function typst_aside(element)
  if not (element.classes:includes('aside') or element.classes:includes('column-margin')) then return nil end
  if element.t == 'Span' then
    return pandoc.Note { pandoc.Para(element.content) }
  end
  local parts = pandoc.Blocks { pandoc.RawBlock('typst', '#rg-aside[') }
  parts:extend(element.content)
  parts:insert(pandoc.RawBlock('typst', ']'))
  return parts
end

local function html_code(div)
  if not div.classes:includes('rg-code') then return nil end
  local fold = div.attributes.fold
  if not fold or fold == 'false' then return div.content end
  local open = fold == 'show' and ' open' or ''
  local parts = pandoc.Blocks { pandoc.RawBlock('html', ('<details class="code-fold"%s><summary>%s</summary>')
    :format(open, target.html_text(div.attributes.summary or 'Code'))) }
  parts:extend(div.content)
  parts:insert(pandoc.RawBlock('html', '</details>'))
  return parts
end

local function html_equation(span)
  if not span.classes:includes('rg-equation') then return nil end
  local content = span.content:clone()
  content:insert(pandoc.Span('(' .. (span.attributes.number or '') .. ')', pandoc.Attr('', { 'rg-equation-number' })))
  return pandoc.Span(content, pandoc.Attr(span.identifier, { 'rg-equation' }))
end

-- What only served the filters is taken away again.
local wrappers = { ['rg-cell'] = true, ['rg-output'] = true, ['rg-code'] = true, ['rg-layout-cell'] = false }
local function unwrapped(div)
  local kept = div.classes:filter(function(class) return not wrappers[class] end)
  local says_nothing = #kept == 0 and div.identifier == '' and not div.attributes.role
  if says_nothing then return div.content end
  if #kept < #div.classes then div.classes = kept end
  return div
end

local function without_shares(div)
  if div.classes:includes('rg-layout') then div.attributes.shares = nil end
  return div
end

local function listing_code(block)
  block.attributes['lst-cap'] = nil
  return block
end

-- A heading stays with the sentence below it; that one stays with the figure or table it is about.
local function lead_ins(blocks)
  local parts = pandoc.Blocks {}
  for position, block in ipairs(blocks) do
    local before, after = blocks[position - 1], blocks[position + 1]
    local leads = block.t == 'Para' and before and before.t == 'Header'
      and after and (after.t == 'RawBlock' or after.t == 'Div' or after.t == 'Figure')
    if leads then parts:insert(pandoc.RawBlock('typst', '#block(sticky: true)[')) end
    parts:insert(block)
    if leads then parts:insert(pandoc.RawBlock('typst', ']')) end
  end
  return parts
end

local html = {
  { Image = function(image) image.attributes['fig-align'] = nil; return image end,
    Table = html_table, Span = html_equation, CodeBlock = listing_code,
    Div = function(div) return html_code(div) or unwrapped(without_shares(div)) end },
}

local typst = {
  { Math = typst_math, Image = typst_image,
    Str = function(str) str.text = breakable(str.text); return str end,
    Code = function(code) code.text = breakable(code.text); return code end },
  { Span = function(span) return typst_equation(span) or typst_aside(span) end },
  { Div = function(div) return typst_aside(div) or typst_layout(div) end },
  { Table = typst_table },
  { Figure = typst_figure },
  { Div = unwrapped },
  { Blocks = lead_ins },
}

local docx = {
  { Table = function(tbl) return widths(tbl, given_widths(tbl.attributes)) end },
  { Span = function(span)
      if span.classes:includes('rg-caption-label') then return pandoc.Strong(span.content) end
    end },
  { Div = unwrapped },
}

-- GitHub's Markdown has no divs and no figures; what is inside is what it can show.
local gfm = {
  { Span = function(span) return span.content end,
    Image = function(image) image.attr = pandoc.Attr(); return image end,
    Figure = function(figure)
      local parts = figure.content:clone()
      local caption = pandoc.utils.blocks_to_inlines(figure.caption.long)
      if #caption > 0 then parts:insert(pandoc.Para { pandoc.Emph(caption) }) end
      return parts
    end,
    Table = function(tbl)
      local caption = pandoc.utils.blocks_to_inlines(tbl.caption.long)
      tbl.caption = { long = {} }
      tbl.identifier = ''
      if #caption == 0 then return tbl end
      return { pandoc.Para { pandoc.Emph(caption) }, tbl }
    end },
  { Div = function(div) return div.content end },
}

local steps = { html = html, pdf = typst, docx = docx, gfm = gfm }

function Pandoc(doc)
  target.read(doc.meta)
  for _, step in ipairs(steps[target.to] or {}) do doc = doc:walk(step) end
  return doc
end

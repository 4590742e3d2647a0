-- Figures, tables, listings and equations with numbers, and the references to them. What is an
-- equation, `equations` has found before.

package.path = pandoc.path.directory(PANDOC_SCRIPT_FILE) .. '/?.lua;' .. package.path
local target = require 'target'

local stringify = pandoc.utils.stringify
local counters = {}
local found = {} -- id -> { kind, number, title }

local function kind_of(id)
  local kind = id:match('^(%a+)%-')
  if kind == 'fig' or kind == 'tbl' or kind == 'lst' or kind == 'eq' then return kind end
end

local function count(id, kind)
  counters[kind] = (counters[kind] or 0) + 1
  found[id] = { kind = kind, number = tostring(counters[kind]) }
  return found[id].number
end

local function labelled(kind, number, caption)
  local words = target.word(kind .. '-title') .. ' ' .. number
  if not caption or #caption == 0 then
    return pandoc.Inlines { pandoc.Span(words, pandoc.Attr('', { 'rg-caption-label' })) }
  end
  local inlines = pandoc.Inlines {
    pandoc.Span({ pandoc.Str(words .. ':') }, pandoc.Attr('', { 'rg-caption-label' })), pandoc.Space(),
  }
  inlines:extend(caption)
  return inlines
end

local function inlines_of(blocks)
  return pandoc.utils.blocks_to_inlines(blocks)
end

local function is_image_block(block)
  if block.t ~= 'Para' and block.t ~= 'Plain' then return false end
  for _, inline in ipairs(block.content) do
    if inline.t ~= 'Image' and inline.t ~= 'Space' and inline.t ~= 'SoftBreak' then return false end
  end
  return #block.content > 0
end

-- Captions and descriptions, which a cell gives as blocks.
local function take(blocks, class)
  local rest, taken = pandoc.Blocks {}, {}
  for _, block in ipairs(blocks) do
    if block.t == 'Div' and block.classes:includes(class) then
      table.insert(taken, inlines_of(block.content))
    else
      rest:insert(block)
    end
  end
  return rest, taken
end

local function describe(blocks, alts, caption)
  local number = 0
  return blocks:walk {
    Image = function(image)
      number = number + 1
      local alt = alts[number] or alts[1]
      if image.attributes['fig-alt'] then
        alt = pandoc.Inlines(image.attributes['fig-alt'])
        image.attributes['fig-alt'] = nil
      elseif alt then
        alt = pandoc.Inlines(stringify(alt))
      elseif #image.caption == 0 and caption then
        alt = pandoc.Inlines(stringify(caption))
      end
      if alt then image.caption = alt end
      return image
    end,
  }
end

local function only(blocks, kind)
  local one, times = nil, 0
  blocks:walk { [kind] = function(element) one = element; times = times + 1 end }
  return times == 1 and one or nil
end

-- Layout: rows of columns with their shares of the width.
local function rows_of(attributes, items)
  local plan = attributes.layout
  if plan and plan:match('^%s*%[') then
    local ok, read = pcall(pandoc.json.decode, plan, false)
    if ok and type(read) == 'table' then
      return type(read[1]) == 'table' and read or { read }
    end
  end
  local columns = tonumber(attributes['layout-ncol'] or '')
  local rows = tonumber(attributes['layout-nrow'] or '')
  if not columns and rows then columns = math.ceil(items / math.max(rows, 1)) end
  if not columns then return nil end
  columns = math.max(1, math.min(math.floor(columns), 12))
  local row, shape = {}, {}
  for position = 1, columns do row[position] = 1 end
  for position = 1, math.ceil(items / columns) do shape[position] = row end
  return shape
end

local function spread(content, attributes)
  local items = {}
  for _, block in ipairs(content) do
    if is_image_block(block) then
      for _, inline in ipairs(block.content) do
        if inline.t == 'Image' then table.insert(items, pandoc.Blocks { pandoc.Plain { inline } }) end
      end
    elseif block.t == 'Div' and block.classes:includes('rg-output') then
      table.insert(items, block.content)
    else
      table.insert(items, pandoc.Blocks { block })
    end
  end
  local rows = rows_of(attributes, #items)
  if not rows or #items < 2 then return content end
  local parts, position = pandoc.Blocks {}, 1
  for _, row in ipairs(rows) do
    local cells, shares = pandoc.Blocks {}, {}
    for _, share in ipairs(row) do
      if items[position] then
        cells:insert(pandoc.Div(items[position], pandoc.Attr('', { 'rg-layout-cell' })))
        table.insert(shares, string.format('%g', math.abs(tonumber(share) or 1)))
        position = position + 1
      end
    end
    if #cells > 0 then
      parts:insert(pandoc.Div(cells, pandoc.Attr('', { 'rg-layout', 'rg-columns-' .. #cells },
        { { 'shares', table.concat(shares, ' ') } })))
    end
  end
  while items[position] do
    parts:extend(items[position])
    position = position + 1
  end
  return parts
end

local letters = 'abcdefghijklmnopqrstuvwxyz'

-- Parts of a figure get letters: those with an id of their own, or one for each sub-caption.
local function lettered(blocks, id, number, subcaptions)
  local position = 0
  local function letter(own)
    position = position + 1
    local sign = letters:sub(position, position)
    local name = own ~= '' and own or id .. '-' .. position
    found[name] = { kind = kind_of(id), number = number .. sign }
    return name, '(' .. sign .. ')'
  end
  -- A picture by itself, to which a sub-caption was given.
  local function picture(block)
    local caption = subcaptions[position + 1]
    if not caption or not is_image_block(block) then return nil end
    local name, sign = letter('')
    local words = pandoc.Inlines { pandoc.Str(sign), pandoc.Space() }
    words:extend(caption)
    local content = describe(pandoc.Blocks { pandoc.Plain(block.content) }, {}, caption)
    return pandoc.Figure(content, { long = { pandoc.Plain(words) } },
      pandoc.Attr(name, { 'rg-subfigure' })), false
  end
  return blocks:walk {
    traverse = 'topdown',
    Figure = function(figure)
      if not kind_of(figure.identifier) then return nil end
      local name, sign = letter(figure.identifier)
      figure.identifier = name
      local caption = pandoc.Inlines { pandoc.Str(sign), pandoc.Space() }
      caption:extend(inlines_of(figure.caption.long))
      figure.caption.long = pandoc.Blocks { pandoc.Plain(caption) }
      figure.content = describe(figure.content, {}, inlines_of(figure.caption.long))
      figure.classes:insert('rg-subfigure')
      return figure, false
    end,
    Plain = picture,
    Para = picture,
  }
end

-- The picture inside a figure that has a caption of its own already.
local function bare(blocks)
  return blocks:walk {
    Figure = function(figure)
      if kind_of(figure.identifier) or figure.classes:includes('rg-subfigure') then return nil end
      return describe(figure.content, {}, inlines_of(figure.caption.long))
    end,
  }
end

local function own_caption(content, kind)
  if kind == 'tbl' then
    local one = only(content, 'Table')
    return one and inlines_of(one.caption.long)
  end
  local one = only(content, 'Figure')
  return one and inlines_of(one.caption.long)
end

local function as_table(content, id, kind, number, caption)
  return content:walk {
    Table = function(tbl)
      tbl.identifier = id
      tbl.caption.long = pandoc.Blocks { pandoc.Plain(labelled(kind, number, caption)) }
      return tbl, false
    end,
  }
end

local function caption_at_end(content)
  local last = content[#content]
  if #content > 1 and last and last.t == 'Para' and not is_image_block(last) then
    local rest = content:clone()
    rest:remove(#rest)
    return rest, last.content
  end
  return content, nil
end

local function float(div)
  local kind = kind_of(div.identifier)
  if not kind or kind == 'eq' or kind == 'lst' then return nil end
  local number = count(div.identifier, kind)
  local content, captions = take(div.content, 'rg-caption')
  local alts, subcaptions
  content, alts = take(content, 'rg-alt')
  content, subcaptions = take(content, 'rg-subcaption')
  local code, rest = pandoc.Blocks {}, pandoc.Blocks {}
  for _, block in ipairs(content) do
    local is_code = block.t == 'Div' and block.classes:includes('rg-code')
    if is_code then code:insert(block) else rest:insert(block) end
  end
  content = rest
  local caption = captions[1]
  local attribute = div.attributes[kind .. '-cap']
  if not caption and attribute then
    caption = inlines_of(pandoc.read(attribute, 'markdown').blocks)
  end
  if not caption and not div.classes:includes('rg-cell') then
    content, caption = caption_at_end(content)
  end
  caption = caption or own_caption(content, kind)
  if div.attributes['fig-alt'] then alts = { pandoc.Inlines(div.attributes['fig-alt']) } end
  if kind == 'tbl' and only(content, 'Table') then
    code:extend(as_table(content, div.identifier, kind, number, caption))
    return code, false
  end
  content = lettered(spread(content, div.attributes), div.identifier, number, subcaptions)
  if caption then content = bare(content) end
  content = describe(content, alts, #subcaptions == 0 and caption or nil)
  local classes = pandoc.List { kind == 'tbl' and 'rg-table-figure' or 'rg-figure' }
  for _, class in ipairs(div.classes) do
    if class:match('^column') then classes:insert(class) end
  end
  code:insert(pandoc.Figure(content, { long = { pandoc.Plain(labelled(kind, number, caption)) } },
    pandoc.Attr(div.identifier, classes)))
  return code, false
end

-- A cell or block without a label.
local function unlabelled(div)
  if div.classes:includes('rg-cell') then
    local content, captions = take(div.content, 'rg-caption')
    local alts
    content, alts = take(content, 'rg-alt')
    content = take(content, 'rg-subcaption')
    content = describe(content, alts, captions[1])
    content = spread(content, div.attributes)
    if captions[1] and #captions[1] > 0 then
      local one = only(content, 'Table')
      if one then
        content = content:walk {
          Table = function(tbl)
            tbl.caption.long = pandoc.Blocks { pandoc.Plain(captions[1]) }
            return tbl, false
          end,
        }
      else
        content = pandoc.Blocks { pandoc.Figure(bare(content), { long = { pandoc.Plain(captions[1]) } }) }
      end
    end
    local classes = div.classes:filter(function(class) return class ~= 'rg-cell' end)
    if #classes == 0 then return content end
    return pandoc.Div(content, pandoc.Attr(div.identifier, classes))
  end
  if div.attributes['layout-ncol'] or div.attributes['layout-nrow'] or div.attributes.layout then
    local content = spread(div.content, div.attributes)
    return pandoc.Div(content, pandoc.Attr(div.identifier, div.classes))
  end
end

local function figure(element)
  if element.classes:includes('rg-figure') or element.classes:includes('rg-subfigure')
    or element.classes:includes('rg-table-figure') then
    return nil
  end
  local caption = inlines_of(element.caption.long)
  element.content = describe(element.content, {}, caption)
  if kind_of(element.identifier) == 'fig' then
    local number = count(element.identifier, 'fig')
    element.caption.long = pandoc.Blocks { pandoc.Plain(labelled('fig', number, caption)) }
    element.classes:insert('rg-figure')
  end
  return element, false
end

local function table_(element)
  if kind_of(element.identifier) ~= 'tbl' or found[element.identifier] then return nil end
  local number = count(element.identifier, 'tbl')
  local caption = inlines_of(element.caption.long)
  element.caption.long = pandoc.Blocks { pandoc.Plain(labelled('tbl', number, caption)) }
  return element
end

local function listing(block)
  if kind_of(block.identifier) ~= 'lst' or block.classes:includes('rg-listing') then return nil end
  local number = count(block.identifier, 'lst')
  local caption = block.attributes['lst-cap']
  local id = block.identifier
  block.identifier = ''
  block.attributes['lst-cap'] = nil
  block.classes:insert('rg-listing')
  caption = caption and inlines_of(pandoc.read(caption, 'markdown').blocks)
  return pandoc.Figure({ block }, { long = { pandoc.Plain(labelled('lst', number, caption)) } },
    pandoc.Attr(id, { 'rg-figure', 'rg-listing-figure' })), false
end

local function equation(span)
  if not span.classes:includes('rg-equation') then return nil end
  span.attributes.number = count(span.identifier, 'eq')
  return span, false
end

local function section(header)
  if not header.identifier:match('^sec%-') then return nil end
  local words = header.content:clone()
  if header.attributes.number then
    words:remove(1)
    words:remove(1)
  end
  found[header.identifier] = { kind = 'sec', number = header.attributes.number, title = words }
end

-- @fig-x gives "Figure 1", [-@fig-x] the number alone, [Chart @fig-x] another word.
local function reference(citation)
  local id = citation.id
  local target_id = found[id] and id or id:sub(1, 1):lower() .. id:sub(2)
  local it = found[target_id]
  if not it then
    if not id:lower():match('^fig%-') and not id:lower():match('^tbl%-') and not id:match('^sec%-')
      and not id:match('^eq%-') and not id:match('^lst%-') then
      return nil
    end
    return pandoc.Strong { pandoc.Str('?@' .. id) }
  end
  local words = pandoc.Inlines {}
  if it.kind == 'sec' and not it.number then
    words:extend(it.title)
  else
    if #citation.prefix > 0 then
      words:extend(citation.prefix)
      words:insert(pandoc.Str('\u{a0}'))
    elseif citation.mode ~= 'SuppressAuthor' then
      local word = target.word(it.kind .. '-prefix')
      if id:match('^%u') then word = word:sub(1, 1):upper() .. word:sub(2) end
      words:insert(pandoc.Str(word .. '\u{a0}'))
    end
    words:insert(pandoc.Str(it.kind == 'eq' and '(' .. it.number .. ')' or it.number))
  end
  return pandoc.Link(words, '#' .. target_id, '', pandoc.Attr('', { 'rg-reference' }))
end

local function references(cite)
  local parts = pandoc.Inlines {}
  for position, citation in ipairs(cite.citations) do
    local link = reference(citation)
    if not link then return nil end
    local before = cite.citations[position - 1]
    if before then
      local is_row = before.mode ~= 'AuthorInText'
      parts:extend(is_row and { pandoc.Str(','), pandoc.Space() } or { pandoc.Space() })
    end
    parts:insert(link)
    parts:extend(citation.suffix)
  end
  return parts
end

function Pandoc(doc)
  target.read(doc.meta)
  doc = doc:walk {
    traverse = 'topdown',
    Header = section,
    Div = function(div)
      local labelled_float, deeper = float(div)
      if labelled_float then return labelled_float, deeper end
      return unlabelled(div)
    end,
    Figure = figure,
    Table = table_,
    CodeBlock = listing,
    Span = equation,
  }
  return doc:walk {
    Cite = references,
    Image = function(image)
      local alt = image.attributes['fig-alt']
      if not alt then return nil end
      image.attributes['fig-alt'] = nil
      image.caption = pandoc.Inlines(alt)
      return image
    end,
  }
end

-- CreateTable
CREATE TABLE `Tree` (
    `id` INTEGER NOT NULL AUTO_INCREMENT,
    `parent_id` INTEGER NULL,

    PRIMARY KEY (`id`)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

-- CreateTable
CREATE TABLE `Profile` (
    `id` INTEGER NOT NULL,
    `treeId` INTEGER NOT NULL,

    UNIQUE INDEX `Profile_treeId_key`(`treeId`),
    PRIMARY KEY (`id`)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

-- CreateTable
CREATE TABLE `Team` (
    `country` CHAR(2) NOT NULL,
    `number` INTEGER NOT NULL,

    PRIMARY KEY (`country`, `number`)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

-- CreateTable
CREATE TABLE `Player` (
    `id` INTEGER NOT NULL,
    `teamCountry` CHAR(2) NOT NULL,
    `teamNumber` INTEGER NOT NULL,
    `coachCountry` CHAR(2) NULL,
    `coachNumber` INTEGER NULL,

    PRIMARY KEY (`id`)
) DEFAULT CHARACTER SET utf8mb4 COLLATE utf8mb4_unicode_ci;

-- AddForeignKey
ALTER TABLE `Tree` ADD CONSTRAINT `Tree_parent_id_fkey` FOREIGN KEY (`parent_id`) REFERENCES `Tree`(`id`) ON DELETE NO ACTION ON UPDATE NO ACTION;

-- AddForeignKey
ALTER TABLE `Profile` ADD CONSTRAINT `profile_of_tree` FOREIGN KEY (`treeId`) REFERENCES `Tree`(`id`) ON DELETE CASCADE ON UPDATE CASCADE;

-- AddForeignKey
ALTER TABLE `Player` ADD CONSTRAINT `Player_teamCountry_teamNumber_fkey` FOREIGN KEY (`teamCountry`, `teamNumber`) REFERENCES `Team`(`country`, `number`) ON DELETE RESTRICT ON UPDATE RESTRICT;

-- AddForeignKey
ALTER TABLE `Player` ADD CONSTRAINT `Player_coachCountry_coachNumber_fkey` FOREIGN KEY (`coachCountry`, `coachNumber`) REFERENCES `Team`(`country`, `number`) ON DELETE SET NULL ON UPDATE CASCADE;
